export { startNats, type TestNats } from './servers/nats.ts';
export { startNginx, type TestNginx, type TestNginxInit } from './servers/nginx.ts';
export { startPostgres, type TestPostgres } from './servers/postgres.ts';
export { freePort } from './servers/wait.ts';
export type { TestResource } from './servers/machine.ts';
export { isAvailable } from './servers/resources.ts';
export { databaseContract } from './database/database.contract.ts';

// time
export { VirtualClock } from './time/virtual-clock.ts';
export { eventBusContract } from './messaging/event-bus.contract.ts';
export { Inbox } from './messaging/inbox.ts';

// certificates
export {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
} from './certificates/certificate-authority.ts';
export { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './telemetry/otlp-receiver.ts';
