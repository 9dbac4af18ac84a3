import type { EncryptionPolicy } from '@shoal/session';

const POLICIES = ['allow', 'off'] as const satisfies readonly EncryptionPolicy[];

/** The option of every command that speaks to peers: whether stock clients that demand encryption are served. */
export const encryptionOption = {
  type: 'string',
  default: 'allow',
  choices: POLICIES,
  description:
    'Encrypted handshakes (MSE) with BitTorrent clients that demand them: allow, or off. They hide what is said from simple filters and protect nothing; between hosts of a fleet nothing is encrypted by them.',
} as const;
