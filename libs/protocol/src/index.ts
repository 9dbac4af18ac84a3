export { ProtocolError } from './errors.ts';

// manifest
export type { ManifestEntry, ManifestFile, ManifestSymlink } from './manifest/manifest.ts';

// metainfo
export type { Metainfo, MetainfoEntry, MetainfoFile, MetainfoSymlink, PieceLayers } from './metainfo/metainfo.ts';
export type { MetainfoFormat, SwarmProfile } from './metainfo/profile.ts';
export type { InfoHashV1, InfoHashV2, WireInfoHash } from './metainfo/info-hash.ts';
export { infoHashHex, wireInfoHash, wireInfoHashes, WIRE_INFO_HASH_LENGTH } from './metainfo/info-hash.ts';
