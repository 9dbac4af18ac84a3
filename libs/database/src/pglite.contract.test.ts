import { databaseContract } from '@shoal/testing';
import { createPgliteDatabase } from './pglite-database.ts';

databaseContract('PGlite', () => Promise.resolve(createPgliteDatabase()));
