import { expect, it } from 'vitest';
import { UploadOnly } from './upload-only.ts';

function connect(type: UploadOnly) {
  const told: number[] = [];
  const extension = type.connect({
    handle: undefined,
    host: '192.0.2.1',
    listenAddress: undefined,
    backlogBytes: 0,
    send: (payload) => told.push(...payload),
    close: () => undefined,
  });
  return { told, extension };
}

it('tells peers that a torrent wants nothing, those to come and those that are there, as often as it changes', () => {
  const type = new UploadOnly();
  const first = connect(type);
  expect(type.introduction).toEqual({});
  type.set(true);
  type.set(true);
  expect([first.told, type.introduction]).toEqual([[1], { uploadOnly: true }]);
  const second = connect(type);
  type.set(false);
  expect([first.told, second.told, type.introduction]).toEqual([[1, 0], [0], {}]);
  second.extension.onClose?.();
  type.set(true);
  expect([first.told, second.told]).toEqual([[1, 0, 1], [0]]);
});
