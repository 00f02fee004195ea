'use strict';
// A stand-in for SQL Server: it answers PRELOGIN and LOGIN7 with exact bytes
// (MS-TDS 2.2.6.4, 2.2.6.5, 2.2.7), takes one password and refuses the rest,
// and answers any batch with an empty result. It has no encryption to offer.
//
// usage: node tds.js PORT NAME PASSWORD

const net = require('net');
const [port, name, password] = process.argv.slice(2);

function packet(type, body) {
  const h = Buffer.alloc(8);
  h[0] = type;
  h[1] = 1; // end of message
  h.writeUInt16BE(body.length + 8, 2);
  h[6] = 1;
  return Buffer.concat([h, body]);
}

const ucs2 = (s) => Buffer.from(s, 'utf16le');
const counted = (s) => Buffer.concat([Buffer.from([s.length]), ucs2(s)]);

function token(kind, ...parts) {
  const body = Buffer.concat(parts);
  const h = Buffer.from([kind, 0, 0]);
  h.writeUInt16LE(body.length, 1);
  return Buffer.concat([h, body]);
}

const done = () => Buffer.from([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

// prelogin says version 15.0.2000 (SQL Server 2019) and encryption not
// supported.
function prelogin() {
  const options = [[0, Buffer.from([15, 0, 0x07, 0xd0, 0, 0])], [1, Buffer.from([2])], [2, Buffer.from([0])], [3, Buffer.alloc(0)], [4, Buffer.from([0])]];
  let offset = options.length * 5 + 1;
  const head = [];
  for (const [kind, value] of options) {
    head.push(kind, offset >> 8, offset & 255, value.length >> 8, value.length & 255);
    offset += value.length;
  }
  head.push(0xff);
  return Buffer.concat([Buffer.from(head), ...options.map((o) => o[1])]);
}

function refused(user) {
  const number = Buffer.alloc(6);
  number.writeUInt32LE(18456, 0);
  number[4] = 1;
  number[5] = 14;
  const text = `Login failed for user '${user}'.`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  const line = Buffer.from([1, 0, 0, 0]);
  const end = done();
  end[1] = 2; // DONE_ERROR
  return Buffer.concat([token(0xaa, number, length, ucs2(text), counted(name), counted(''), line), end]);
}

function granted() {
  const change = token(0xe3, Buffer.from([1]), counted('RISDATA'), counted('master'));
  const size = token(0xe3, Buffer.from([4]), counted('4096'), counted('4096'));
  const ack = token(0xad, Buffer.from([1, 0x74, 0, 0, 4]), counted('Microsoft SQL Server'), Buffer.from([15, 0, 0x07, 0xd0]));
  return Buffer.concat([change, ack, size, done()]);
}

// field reads one offset and length pair of LOGIN7.
function field(body, at) {
  const offset = body.readUInt16LE(at);
  return body.subarray(offset, offset + 2 * body.readUInt16LE(at + 2));
}

// login undoes the scrambling of the password (MS-TDS 2.2.6.4): each byte was
// turned by four bits, then combined with 0xa5.
function login(body) {
  const user = field(body, 40).toString('utf16le');
  const clear = Buffer.from(field(body, 44).map((b) => { const x = b ^ 0xa5; return (x >> 4) | ((x & 15) << 4); })).toString('utf16le');
  return clear === password ? granted() : refused(user);
}

net.createServer((s) => {
  let buf = Buffer.alloc(0);
  s.on('error', () => {});
  s.on('data', (d) => {
    buf = Buffer.concat([buf, d]);
    while (buf.length >= 8 && buf.length >= buf.readUInt16BE(2)) {
      const n = buf.readUInt16BE(2);
      const type = buf[0];
      const body = buf.subarray(8, n);
      buf = buf.subarray(n);
      if (type === 0x12) s.write(packet(4, prelogin()));
      else if (type === 0x10) s.write(packet(4, login(body)));
      else s.write(packet(4, done()));
    }
  });
}).listen(Number(port));
