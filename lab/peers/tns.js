'use strict';
// Oracle Net with exact bytes on both sides, in place of peers: a listener
// that says its version, refuses an unknown service and accepts a known one;
// and a client that asks for all three. The bytes have the shape of version
// 314 (Oracle 10 and 11).
//
// usage: node tns.js listen PORT | node tns.js ask ADDRESS PORT HOST USER

const net = require('net');
const VERSION = 'TNSLSNR for Linux: Version 19.0.0.0.0 - Production';
const VSN = 0x13000000;

function packet(type, body) {
  const h = Buffer.alloc(8);
  h.writeUInt16BE(body.length + 8, 0);
  h[4] = type;
  return Buffer.concat([h, body]);
}

function connect(data) {
  const b = Buffer.alloc(50);
  b.writeUInt16BE(314, 0);
  b.writeUInt16BE(300, 2);
  b.writeUInt16BE(0x0c41, 4); // service options
  b.writeUInt16BE(8192, 6); // session data unit
  b.writeUInt16BE(32767, 8); // transport data unit
  b.writeUInt16BE(0x4f98, 10); // characteristics of the transport
  b.writeUInt16BE(1, 14); // the number one, in the sender's order
  b.writeUInt16BE(data.length, 16);
  b.writeUInt16BE(58, 18); // where the connect data begins
  b[24] = 0x41;
  b[25] = 0x41;
  return packet(1, Buffer.concat([b, Buffer.from(data)]));
}

function accept() {
  const b = Buffer.alloc(24);
  b.writeUInt16BE(314, 0);
  b.writeUInt16BE(0x0041, 2);
  b.writeUInt16BE(8192, 4);
  b.writeUInt16BE(32767, 6);
  b.writeUInt16BE(0x0100, 8);
  b.writeUInt16BE(32, 12);
  b[14] = 0x41;
  b[15] = 0x41;
  return packet(2, b);
}

function refuse(error) {
  const data = `(DESCRIPTION=(TMP=)(VSNNUM=${VSN})(ERR=${error})(ERROR_STACK=(ERROR=(CODE=${error})(EMFI=4))))`;
  return packet(4, Buffer.concat([Buffer.from([0x22, 0, data.length >> 8, data.length & 255]), Buffer.from(data)]));
}

const data = (flags, text) => packet(6, Buffer.concat([Buffer.from([0, flags]), Buffer.from(text)]));

function whole(buf) {
  return buf.length >= 8 && buf.length >= buf.readUInt16BE(0) ? buf.readUInt16BE(0) : 0;
}

function listen(port) {
  net.createServer((s) => {
    let buf = Buffer.alloc(0);
    s.on('error', () => {});
    s.on('data', (d) => {
      buf = Buffer.concat([buf, d]);
      for (let n = whole(buf); n > 0; n = whole(buf)) {
        const p = buf.subarray(0, n);
        buf = buf.subarray(n);
        const text = p.toString('latin1');
        if (p[4] === 6) s.end(data(0x40, ''));
        else if (p[4] !== 1) s.destroy();
        else if (text.includes('COMMAND=version')) {
          s.write(accept());
          s.write(data(0, `(DESCRIPTION=(TMP=)(VSNNUM=${VSN})(ERR=0))`));
          s.end(data(0x40, VERSION));
        } else if (text.includes('SERVICE_NAME=RISDATA')) s.write(accept());
        else s.end(refuse(12514));
      }
    });
  }).listen(port);
}

function ask(address, port, host, user) {
  const cid = `(CID=(PROGRAM=sqlplus@${host})(HOST=${host})(USER=${user}))`;
  const where = `(ADDRESS=(PROTOCOL=TCP)(HOST=${address})(PORT=${port}))`;
  const turns = [
    `(CONNECT_DATA=${cid}(COMMAND=version))`,
    `(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=GONE)${cid})${where})`,
    `(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=RISDATA)(SERVER=DEDICATED)${cid})${where})`,
  ];
  const next = () => {
    const text = turns.shift();
    if (!text) return;
    const s = net.connect(port, address, () => s.write(connect(text)));
    let known = false;
    s.on('data', (d) => {
      // After an accept for a session: the bytes that open the negotiation
      // of Oracle's advanced networking, then the end.
      if (d[4] === 2 && text.includes('RISDATA') && !known) {
        known = true;
        s.write(data(0, Buffer.concat([Buffer.from('deadbeef', 'hex'), Buffer.from([0, 0x0d, 0x13, 0, 0, 0, 0, 0, 0])])));
      } else if (d[4] === 4) console.log('refused');
      else console.log('answered');
    });
    s.on('close', next);
    s.on('end', () => s.end());
  };
  next();
}

const [verb, ...rest] = process.argv.slice(2);
if (verb === 'listen') listen(Number(rest[0])); else ask(rest[0], Number(rest[1]), rest[2], rest[3]);
