/** DER (ITU-T X.690), as much of it as certificates need. */
export type Der = Buffer;

function tagged(tag: number, content: Buffer): Der {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

export const sequence = (...items: readonly Der[]): Der => tagged(0x30, Buffer.concat(items));
export const set = (...items: readonly Der[]): Der => tagged(0x31, Buffer.concat(items));
/** A number ≥ 0 whose first byte is below 0x80. */
export const integer = (bytes: Buffer): Der => tagged(0x02, bytes);
export const octets = (content: Buffer): Der => tagged(0x04, content);
export const bits = (content: Buffer): Der => tagged(0x03, Buffer.concat([Buffer.of(0), content]));
export const text = (value: string): Der => tagged(0x0c, Buffer.from(value, 'utf8'));
export const yes = (): Der => tagged(0x01, Buffer.of(0xff));
/** `[n]` around another value. */
export const explicit = (n: number, content: Der): Der => tagged(0xa0 + n, content);
/** `[n]` in place of the value's own tag. */
export const implicit = (n: number, content: Buffer): Der => tagged(0x80 + n, content);

/** An object identifier whose arcs are all below 128. */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.of(first * 40 + second, ...rest));
}

/** A time before 2050. */
export function utcTime(time: Date): Der {
  const digits = time.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`, 'ascii'));
}
