export { options, type TrackerConfig } from './options.ts';
export { createService, type Tracker, type TrackerAddresses, type TrackerComponents } from './tracker.ts';
