// Ports
export type { ContentStore } from './ports/content-store.ts';
export { StoreError } from './ports/store-error.ts';
export type { StoreErrorCode } from './ports/store-error.ts';
