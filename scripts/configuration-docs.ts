import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describeOptions } from '../libs/service/src/index.ts';
import { ROOT } from './run-command.ts';
import { envPrefix, serviceOptions } from './service-options.ts';

const FILE = join(ROOT, 'docs/CONFIGURATION.md');

const INTRODUCTION = `# Configuration

Each service reads its options from flags, environment variables and a YAML file (\`--config\`, the names of the flags
without the dashes). A flag beats a variable, a variable beats the file, the file beats the default. Values of a wrong
type, options that are missing and names in the file that do not exist are all reported at once, and the service does
not start.

- A **duration** is written \`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`7d\`, or as a number of milliseconds.
- **Bytes** are written \`512KiB\`, \`4MiB\`, \`1GiB\`, or as a number; a **rate** \`512KiB/s\`, \`10MiB/s\`,
  or as a number of bytes per second.
- An **endpoint** is \`host:port\`, \`[v6]:port\` or \`unix:/path\`; a **list** has commas between its items; **labels** are
  \`key=value\` with commas between.

Services listen on loopback unless told otherwise. Off loopback they refuse to start without TLS (\`--tls-cert\`,
\`--tls-key\`) or an explicit \`--insecure\`. With \`--tls-ca\` the clients of gRPC must show a certificate too; HTTP asks for none.

Limits of what is exchanged with peers (\`--upload-limit\`, \`--client-upload-limit\`, …) count the bytes of blocks, in any one
second within 5 % and a block of 16 KiB for each connection; TCP/IP and the protocol add some 5 %. Whether a peer is a stock client
is what it says itself when it connects: the limits for clients keep the honest ones out of the way, and stop no attack.

The tables are generated from the options themselves: \`npm run generate\`.
`;

/** Writes docs/CONFIGURATION.md from the options of the services. */
export async function writeConfigurationDocs(): Promise<void> {
  await writeFile(FILE, configurationDocs());
}

/** What is wrong with docs/CONFIGURATION.md; undefined when it tells the truth. */
export async function checkConfigurationDocs(): Promise<string | undefined> {
  const text = await readFile(FILE, 'utf8');
  return text === configurationDocs() ? undefined : 'docs/CONFIGURATION.md is stale: run npm run generate';
}

function configurationDocs(): string {
  const sections = Object.entries(serviceOptions).map(
    ([service, options]) => `\n## shoal ${service}\n\n${describeOptions(options, envPrefix(service))}`,
  );
  // The default of `--host-id` is the name of whatever machine generates this.
  return (INTRODUCTION + sections.join('')).replaceAll(`\`${hostname().toLowerCase()}\``, 'the host name');
}
