import { expect, it } from 'vitest';
import { createStackService } from './stack-service.ts';

it('stops its parts in reverse, once, and says where it is only while it runs', async () => {
  const stopped: string[] = [];
  const service = createStackService((stack) => {
    stack.defer(() => void stopped.push('first'));
    stack.defer(() => void stopped.push('second'));
    return Promise.resolve('here');
  });
  expect(service.addresses).toBeUndefined();
  await service.start();
  expect(service.addresses).toBe('here');
  await service.stop();
  await service.stop();
  expect(service.addresses).toBeUndefined();
  expect(stopped).toEqual(['second', 'first']);
});

it('stops what had started when a later part fails', async () => {
  const stopped: string[] = [];
  const service = createStackService((stack) => {
    stack.defer(() => void stopped.push('first'));
    return Promise.reject(new Error('the second part'));
  });
  await expect(service.start()).rejects.toThrow('the second part');
  expect(stopped).toEqual(['first']);
});
