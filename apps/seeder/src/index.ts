export { options, type SeederConfig } from './options.ts';
export type { SeederComponents } from './seeder.ts';
export { createService, type SeederAddresses, type SeederService } from './service.ts';
