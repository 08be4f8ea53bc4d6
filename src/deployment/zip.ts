/**
 * A zip as Lambda takes it. The same files make the same bytes: no time and no user is in it. Format: PKWARE's APPNOTE, of which only what a
 * few small files need is written: deflated entries, then the directory of them, then its end.
 */
import { crc32, deflateRawSync } from 'node:zlib';

const version = 20;
const deflated = 8;
/** 1980-01-01, the first day that the format knows. */
const date = 0x21;
/** Made on Unix, so that the mode counts: a file that everybody may read. */
const madeBy = (3 << 8) | version;
const mode = 0o100644 * 0x10000;

/** @param files path in the zip ▸ content */
export function zip(files: Record<string, Buffer>): Buffer {
  let offset = 0;
  const entries = Object.entries(files).map(([path, content]) => {
    const name = Buffer.from(path);
    const data = deflateRawSync(content, { level: 9 });
    const sizes = uint32(crc32(content), data.length, content.length);
    const header = Buffer.concat([uint16(version, 0, deflated, 0, date), sizes, uint16(name.length, 0)]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), header, name, data]);
    const place = Buffer.concat([uint16(0, 0, 0), uint32(mode, offset)]);
    offset += local.length;
    return { local, central: Buffer.concat([Buffer.from('PK\x01\x02'), uint16(madeBy), header, place, name]) };
  });
  const directory = Buffer.concat(entries.map(({ central }) => central));
  const counts = uint16(0, 0, entries.length, entries.length);
  const end = [Buffer.from('PK\x05\x06'), counts, uint32(directory.length, offset), uint16(0)];
  return Buffer.concat([...entries.map(({ local }) => local), directory, ...end]);
}

/** Little-endian, as every machine that Node runs on is. */
const uint16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);
const uint32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
