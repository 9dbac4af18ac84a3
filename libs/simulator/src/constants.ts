const KIB = 1024;
const MIB = 1024 * KIB;

/** Payload of a full TCP segment on Ethernet, with timestamps: 1500 - 20 (IP) - 32 (TCP). */
export const SEGMENT_PAYLOAD = 1_448;

/** Bytes of headers of a segment: Ethernet 14, IP 20, TCP 32. Acknowledgements are few with GRO and are left out. */
export const SEGMENT_HEADERS = 66;

/** Bytes of length, id, piece and begin in front of a block (BEP 3). */
export const BLOCK_HEADER = 13;

/** Bytes of length and id of a message (BEP 3). */
export const MESSAGE_HEADER = 5;

/** Default of {@link SwarmScenario.sendBuffer}: the session's SEND_LOW_WATER, and what the kernel holds unsent. */
export const SEND_BUFFER = 1.25 * MIB;

/** Default of {@link SwarmScenario.linkBuffer}, in milliseconds: 600 KB in front of 300 MB/s. */
export const LINK_BUFFER = 2;

/** Default of {@link SwarmScenario.verifyDelay}, in milliseconds: pieces are hashed while they arrive, the rest is a write. */
export const VERIFY_DELAY = 2;

/** Default of {@link SwarmScenario.connectWithin}, in milliseconds. */
export const CONNECT_WITHIN = 50;

/** How often hosts that go after so many bytes are looked at, in milliseconds. */
export const CHURN_CHECK_INTERVAL = 10;

/** Samples of the timeline in the time that the bound allows. */
export const SAMPLES_PER_BOUND = 100;
