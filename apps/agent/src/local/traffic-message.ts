import type { Traffic } from '@shoal/contracts';
import { type Accounts, SOURCE_CLASSES } from '@shoal/session';

/** Books as they travel. */
export function trafficMessage({ downloaded, uploaded, wasted, reused, overhead }: Accounts): Traffic {
  const classes = SOURCE_CLASSES.filter((name) => downloaded[name] > 0 || uploaded[name] > 0);
  return {
    classes: classes.map((name) => ({
      peerClass: name,
      downloaded: BigInt(downloaded[name]),
      uploaded: BigInt(uploaded[name]),
    })),
    wastedDuplicate: BigInt(wasted.duplicate),
    wastedUnwanted: BigInt(wasted.unwanted),
    wastedFailed: BigInt(wasted.failed),
    wastedLost: BigInt(wasted.lost),
    reused: BigInt(reused),
    overheadDownloaded: BigInt(overhead.downloaded),
    overheadUploaded: BigInt(overhead.uploaded),
  };
}
