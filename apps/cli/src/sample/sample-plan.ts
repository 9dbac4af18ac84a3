/** Shape of the sample build: what a web service's release looks like, 64 MiB in all. */

const MIB = 1 << 20;
/** Bytes of all regular files. */
export const SAMPLE_BYTES = 64 * MIB;

export type SampleEntry =
  | {
      readonly kind: 'file';
      readonly path: readonly string[];
      readonly length: number;
      readonly executable: boolean;
    }
  | { readonly kind: 'symlink'; readonly path: readonly string[]; readonly target: string };

const file = (path: string, length: number, executable = false): SampleEntry => ({
  kind: 'file',
  path: path.split('/'),
  length,
  executable,
});
const link = (path: string, target: string): SampleEntry => ({
  kind: 'symlink',
  path: path.split('/'),
  target,
});

/** Files and symlinks of the sample. The last file takes what is missing to {@link SAMPLE_BYTES}. */
export function samplePlan(): readonly SampleEntry[] {
  const entries: SampleEntry[] = [
    file('bin/server', 11 * MIB + 4321, true),
    file('bin/migrate', 3 * MIB + 77, true),
    link('bin/serve', 'server'),
    file('lib/libcrypto.so.3.0.17', 5 * MIB + 901, true),
    link('lib/libcrypto.so.3', 'libcrypto.so.3.0.17'),
    link('lib/libcrypto.so', 'libcrypto.so.3'),
    // Exactly one block, and one byte to either side of it.
    file('share/edge/block', 16384),
    file('share/edge/block-and-one', 16385),
    file('share/edge/block-less-one', 16383),
    file('share/edge/empty', 0),
    file('share/locale/日本語.po', 41_003),
    file('share/locale/العربية.po', 39_807),
    file('share/locale/ελληνικά.po', 40_211),
    file('VERSION', 6),
    link('current-locale', 'share/locale'),
  ];
  // Many small files and some middling ones, as bundled front ends have. Little padding to whole pieces, so that the
  // swarm is a hybrid and every stock client can join.
  for (let i = 0; i < 240; i++)
    entries.push(file(`public/assets/chunk-${hex(i)}.js`, 48_000 + ((i * 7919) % 17_000)));
  for (let i = 0; i < 40; i++)
    entries.push(file(`public/images/photo-${hex(i)}.webp`, 200_000 + ((i * 104_729) % 500_000)));
  for (let i = 0; i < 12; i++) entries.push(file(`plugins/plugin-${hex(i)}/run`, 60_000 + i * 1_024, true));
  const sized = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.length : 0), 0);
  return [...entries, file('data/model.bin', SAMPLE_BYTES - sized)];
}

function hex(n: number): string {
  return n.toString(16).padStart(3, '0');
}
