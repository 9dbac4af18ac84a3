#!/usr/bin/env node
import { run } from '../src/main.ts';

await run();
