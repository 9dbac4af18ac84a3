import { eventBusContract } from '@shoal/testing';
import { createInProcessBus } from './in-process/in-process-bus.ts';

eventBusContract('in-process bus', (report) => createInProcessBus({ report }));
