import type { SwarmResult } from '../swarm-result.ts';
import type { TimelineSample } from '../timeline.ts';
import { Panel, type PanelBox } from './svg-panel.ts';

const WIDTH = 880;
const HEIGHT = 560;

const PIECES: PanelBox = { x: 64, y: 84, width: 784, height: 260 };
const UPLINKS: PanelBox = { x: 64, y: 406, width: 784, height: 96 };

/** Colours that people with red-green blindness tell apart (Okabe and Ito 2008). */
const COLOURS = {
  pieces: '#0072b2',
  complete: '#009e73',
  slowest: '#d55e00',
  seeders: '#cc79a7',
  leechers: '#56b4e9',
};

/** Room at the right of the longest time, as a share of it. */
const MARGIN = 1.03;

/**
 * Draws how a run went: pieces held and hosts complete over time, and how busy uplinks were.
 * @returns an SVG document
 */
export function drawTimeline(
  result: SwarmResult,
  texts: { readonly title: string; readonly subtitle: string },
): string {
  const { timeline, bounds } = result;
  const bound = bounds.fluid * bounds.headerFactor;
  const end = Math.max(bound, timeline.at(-1)?.at ?? 0) * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escapeXml(texts.title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="24" y="32" font-size="17" font-weight="600" fill="#1a1a1a">${escapeXml(texts.title)}</text>`,
    `<text x="24" y="53" fill="#5a5a5a">${escapeXml(texts.subtitle)}</text>`,
    ...drawPieces(timeline, end, bound),
    ...drawUplinks(timeline, end, bound),
    '</svg>',
    '',
  ].join('\n');
}

function drawPieces(timeline: readonly TimelineSample[], end: number, bound: number): string[] {
  const panel = new Panel(PIECES, end);
  const line = (of: (sample: TimelineSample) => number) => [
    0,
    0,
    ...timeline.flatMap((sample) => [sample.at, of(sample)]),
  ];
  return [
    ...panel.frame('pieces and hosts'),
    panel.band(
      line((sample) => sample.pieces.p10),
      line((sample) => sample.pieces.p90),
      COLOURS.pieces,
    ),
    panel.line(
      line((sample) => sample.pieces.min),
      COLOURS.slowest,
      { dashed: true },
    ),
    panel.line(
      line((sample) => sample.pieces.p50),
      COLOURS.pieces,
    ),
    panel.line(
      line((sample) => sample.complete),
      COLOURS.complete,
    ),
    panel.mark(bound, 'bound'),
    ...panel.legend([
      ['pieces held, median host (band: 10–90 %)', COLOURS.pieces],
      ['slowest host', COLOURS.slowest],
      ['hosts complete', COLOURS.complete],
    ]),
  ];
}

function drawUplinks(timeline: readonly TimelineSample[], end: number, bound: number): string[] {
  const panel = new Panel(UPLINKS, end);
  const line = (of: (sample: TimelineSample) => number) =>
    timeline.flatMap((sample) => [sample.at, of(sample)]);
  return [
    ...panel.frame('uplinks busy'),
    panel.line(
      line((sample) => sample.leecherBusy),
      COLOURS.leechers,
    ),
    panel.line(
      line((sample) => sample.seederBusy),
      COLOURS.seeders,
    ),
    panel.mark(bound, ''),
    ...panel.timeAxis(),
    ...panel.legend([
      ['seeders', COLOURS.seeders],
      ['leechers', COLOURS.leechers],
    ]),
  ];
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
