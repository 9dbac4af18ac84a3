import type { Telemetry } from '@shoal/service';
import { type Accounts, SOURCE_CLASSES } from '@shoal/session';

/**
 * Exports the books of a session: what was received, sent and wasted since the process began. The labels are the classes
 * and kinds there are, about twenty series in all.
 */
export function exportTraffic({ meter }: Pick<Telemetry, 'meter'>, accounts: () => Accounts): void {
  meter
    .createObservableCounter('shoal_peer_downloaded_bytes', {
      description: 'Payload received, what came in vain included, by the class of who sent it',
    })
    .addCallback((result) => {
      const { downloaded } = accounts();
      for (const name of SOURCE_CLASSES) result.observe(downloaded[name], { class: name });
    });
  meter
    .createObservableCounter('shoal_peer_uploaded_bytes', {
      description: 'Payload sent, by the class of who got it',
    })
    .addCallback((result) => {
      const { uploaded } = accounts();
      for (const name of SOURCE_CLASSES)
        if (name !== 'origin') result.observe(uploaded[name], { class: name });
    });
  meter
    .createObservableCounter('shoal_peer_wasted_bytes', {
      description: 'Of the payload received, what came in vain, by reason',
    })
    .addCallback((result) => {
      for (const [kind, bytes] of Object.entries(accounts().wasted)) result.observe(bytes, { reason: kind });
    });
  meter
    .createObservableCounter('shoal_peer_overhead_bytes', {
      description: 'What the peer wire said beside payload, by direction',
    })
    .addCallback((result) => {
      const { overhead } = accounts();
      result.observe(overhead.downloaded, { direction: 'received' });
      result.observe(overhead.uploaded, { direction: 'sent' });
    });
}
