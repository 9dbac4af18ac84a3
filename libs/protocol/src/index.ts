export { ProtocolError } from './errors.ts';

// bencode
export type { BencodeDictionary, BencodeValue } from './bencode/value.ts';
export { isDictionary } from './bencode/value.ts';
export { type BencodeLimits, DEFAULT_BENCODE_LIMITS } from './bencode/constants.ts';
export {
  BencodeError,
  type BencodeErrorCode,
  BencodeFieldError,
  type BencodeFieldErrorCode,
} from './bencode/bencode-error.ts';
export { decodeBencode, decodeBencodeDictionary, type DecodedDictionary } from './bencode/decode.ts';
export { encodeBencode } from './bencode/encode.ts';
export {
  asDictionary,
  asText,
  getBytes,
  getDict,
  getInt,
  getList,
  getString,
  type IntegerRange,
} from './bencode/fields.ts';

// merkle
export { HASH_LENGTH } from './merkle/constants.ts';
export {
  fileRootOfLeaves,
  fileRootOfPieceLayer,
  leavesPerPiece,
  merkleRoot,
  powerOfTwoAtLeast,
} from './merkle/merkle-tree.ts';
export { isProvenRange } from './merkle/proven-range.ts';
export { MerkleLevels } from './merkle/merkle-levels.ts';
export { type FileTree, FileTreeHasher } from './merkle/file-tree-hasher.ts';

// manifest
export type { Entries, ManifestEntry, ManifestFile, ManifestSymlink } from './manifest/manifest.ts';
export { ManifestError, type ManifestErrorCode } from './manifest/manifest-error.ts';
export { EntryTable } from './manifest/entry-table.ts';
export { isSameEntry } from './manifest/same-entry.ts';
export { sortManifest, totalSizeOf, validateManifest } from './manifest/validate.ts';
export {
  canonicalManifest,
  contentDigest,
  type ContentDigest,
  parseCanonicalManifest,
} from './manifest/canonical.ts';
export { MAX_ENTRIES } from './manifest/constants.ts';

// metainfo
export type {
  Metainfo,
  MetainfoEntry,
  MetainfoFile,
  MetainfoSymlink,
  PieceLayers,
} from './metainfo/metainfo.ts';
export type { MetainfoFormat, SwarmProfile } from './metainfo/profile.ts';
export type { InfoHashV1, InfoHashV2, WireInfoHash } from './metainfo/info-hash.ts';
export { MetainfoError, type MetainfoErrorCode } from './metainfo/metainfo-error.ts';
export { chooseProfile, isPieceLengthOfProfile, type ProfileInit } from './metainfo/profile-policy.ts';
export { type FileLayout, type LayoutInit, layOutFiles } from './metainfo/file-layout.ts';
export { createMetainfo, type CreatedMetainfo, isMetainfoOf, type MetainfoInit } from './metainfo/create.ts';
export { parseMetainfo, parsePartialMetainfo } from './metainfo/parse.ts';
export { filesWithoutLayer } from './metainfo/missing-layers.ts';
export { METAINFO_LIMITS } from './metainfo/constants.ts';
export { joinMetainfo, type MetainfoParts } from './metainfo/join-metainfo.ts';
export { type RequiredLayer, requiredLayers, type RequiredLayers } from './metainfo/required-layers.ts';
export { withAnnounce, withWebSeeds } from './metainfo/with-announce.ts';
export { manifestOf } from './metainfo/manifest-of.ts';
export {
  createPieceGeometry,
  createPieceLayout,
  type PieceGeometry,
  type PieceHash,
  type PieceLayout,
  type PieceSpan,
} from './metainfo/piece-layout.ts';
export { infoHashHex, wireInfoHash, wireInfoHashes, WIRE_INFO_HASH_LENGTH } from './metainfo/info-hash.ts';

// magnet
export type { FileRange, Magnet, MagnetPeer } from './magnet/magnet.ts';
export { MagnetError, type MagnetErrorCode } from './magnet/magnet-error.ts';
export { parseMagnet } from './magnet/parse-magnet.ts';
export { formatMagnet } from './magnet/format-magnet.ts';

// wire
export { Bitfield, bitfieldLength } from './wire/bitfield.ts';
export {
  BLOCK_SIZE,
  HANDSHAKE_LENGTH,
  MAX_HASHES,
  MAX_PEX_PEERS,
  MAX_WANTED_PIECES,
  METADATA_PIECE_SIZE,
  PEER_ID_LENGTH,
  PIECE_HEADER_LENGTH,
} from './wire/constants.ts';
export { allowedFastSet } from './wire/allowed-fast.ts';
export { encodeMessage, writePieceHeader } from './wire/encode-message.ts';
export { decodeExtensionHandshake, encodeExtensionHandshake } from './wire/extension-handshake.ts';
export type { ExtensionHandshake } from './wire/extension-handshake.ts';
export {
  decodeMetadataMessage,
  encodeMetadataMessage,
  type MetadataMessage,
  metadataPieceSize,
} from './wire/metadata-message.ts';
export {
  decodePexMessage,
  encodePexMessage,
  type PexAddress,
  type PexMessage,
  type PexPeer,
} from './wire/pex-message.ts';
export { decodeWantedMessage, encodeWantedMessage } from './wire/wanted-message.ts';
export {
  checkHandshakePrefix,
  decodeHandshake,
  encodeHandshake,
  HANDSHAKE_PREFIX_LENGTH,
  isHandshakePrefix,
} from './wire/handshake.ts';
export type { Handshake } from './wire/handshake.ts';
export type { BlockRange, HashRange, PeerMessage } from './wire/message.ts';
export { MessageParser } from './wire/message-parser.ts';
export type { MessageHandler } from './wire/message-parser.ts';
export { WireError } from './wire/wire-error.ts';
export type { WireErrorCode } from './wire/wire-error.ts';

// selection
export {
  type FileLevel,
  type FileSelection,
  type FileSelectionInit,
  selectFiles,
} from './selection/select-files.ts';
export { selectRanges } from './selection/select-ranges.ts';
export { SelectionError, type SelectionErrorCode } from './selection/selection-error.ts';

// mse
export {
  MSE_GENERATOR,
  MSE_KEY_LENGTH,
  MSE_MAX_PAD,
  MSE_PRIME,
  MSE_PRIVATE_KEY_LENGTH,
  type MseMethod,
} from './mse/constants.ts';
export { type Exchange, ExchangeReader, type FinishedExchange } from './mse/exchange.ts';
export { initiateMse, type MseInitiatorInit } from './mse/initiate-mse.ts';
export { MseError, type MseErrorCode } from './mse/mse-error.ts';
export type { MseAgreement, MseCiphers } from './mse/mse-handshake.ts';
export { type MseKeyPair, torrentMark } from './mse/mse-keys.ts';
export { Rc4 } from './mse/rc4.ts';
export { respondMse, type MseResponderInit } from './mse/respond-mse.ts';

// peers
export { type PeerEndpoint, peerPriority } from './peers/peer-priority.ts';

// lsd
export { LSD_GROUPS, LSD_PORT, MAX_LSD_DATAGRAM, MAX_LSD_HASHES } from './lsd/constants.ts';
export { decodeLsdAnnounce, encodeLsdAnnounce, type LsdAnnounce } from './lsd/lsd-announce.ts';
export { LsdError, type LsdErrorCode } from './lsd/lsd-error.ts';

// tracker
export {
  type AnnounceEvent,
  type AnnounceRequest,
  encodeAnnounceQuery,
  parseAnnounceQuery,
} from './tracker/announce-request.ts';
export {
  type AnnounceResponse,
  decodeAnnounceResponse,
  encodeAnnounceResponse,
  type PeerForm,
} from './tracker/announce-response.ts';
export { encodeTrackerFailure } from './tracker/answer.ts';
export { decodeCompactPeers, encodeCompactPeers, type TrackerPeer } from './tracker/compact-peers.ts';
export { COMPACT_IPV4_LENGTH, COMPACT_IPV6_LENGTH } from './tracker/constants.ts';
export { formatIpAddress, parseIpAddress } from './tracker/ip-address.ts';
export {
  decodeScrapeResponse,
  encodeScrapeQuery,
  encodeScrapeResponse,
  parseScrapeQuery,
  type SwarmFigures,
} from './tracker/scrape.ts';
export { decodeUdpAnnounceAnswer, decodeUdpConnectAnswer } from './tracker/udp-answer.ts';
export { encodeUdpAnnounce, encodeUdpConnect, type UdpAnnounceInit } from './tracker/udp-request.ts';
export { TrackerWireError, type TrackerWireErrorCode } from './tracker/tracker-error.ts';
