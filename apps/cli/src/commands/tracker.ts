import * as tracker from '@shoal/tracker';
import { serviceCommand } from './service-command.ts';

export const trackerCommand = serviceCommand({
  name: 'tracker',
  description: 'Admits by signed grants alone and keeps swarms in memory: it needs no other service to run.',
  examples: [{ command: 'shoal tracker --catalog-public-key catalog.key.pub', does: 'on loopback' }],
  options: tracker.options,
  create: tracker.createService,
});
