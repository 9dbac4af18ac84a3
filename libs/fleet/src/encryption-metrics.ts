import type { Telemetry } from '@shoal/service';
import type { EncryptedHandshakes } from '@shoal/session';

/** Exports how encrypted handshakes (MSE) with stock clients have ended since the process began: four series. */
export function exportEncryption(
  { meter }: Pick<Telemetry, 'meter'>,
  handshakes: () => EncryptedHandshakes,
): void {
  meter
    .createObservableCounter('shoal_peer_encrypted_handshakes', {
      description:
        'Encrypted handshakes with stock clients that demand them, by who dialled and how they ended',
    })
    .addCallback((result) => {
      const { accepted, refused, made, failed } = handshakes();
      result.observe(accepted, { direction: 'incoming', outcome: 'done' });
      result.observe(refused, { direction: 'incoming', outcome: 'failed' });
      result.observe(made, { direction: 'outgoing', outcome: 'done' });
      result.observe(failed, { direction: 'outgoing', outcome: 'failed' });
    });
}
