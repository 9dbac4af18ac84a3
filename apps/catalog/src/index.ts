export { options, type CatalogConfig } from './options.ts';
export type { CatalogServiceComponents } from './open-stores.ts';
export { createService, type CatalogAddresses, type CatalogService } from './service.ts';
