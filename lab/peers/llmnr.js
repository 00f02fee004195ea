'use strict';
// LLMNR (RFC 4795) with exact bytes, in place of a peer: a responder for one
// name, or a client that asks for A and AAAA and says who answered.
//
// usage: node llmnr.js answer NAME ADDRESS | node llmnr.js ask NAME ADDRESS

const dgram = require('dgram');
const GROUP = '224.0.0.252';
const PORT = 5355;

function question(name, type) {
  const label = Buffer.from(name);
  return Buffer.concat([Buffer.from([label.length]), label, Buffer.from([0, 0, type, 0, 1])]);
}

function header(id, flags, answers) {
  const b = Buffer.alloc(12);
  b.writeUInt16BE(id, 0);
  b.writeUInt16BE(flags, 2);
  b.writeUInt16BE(1, 4);
  b.writeUInt16BE(answers, 6);
  return b;
}

const address = (ip) => Buffer.from(ip.split('.').map(Number));

// answer replies to A with its address and to AAAA with an empty answer, as
// section 2.4 asks.
function answer(name, own) {
  const s = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  s.on('message', (m, from) => {
    if (m.length < 18 || (m[2] & 0x80) !== 0) return;
    const asked = m.subarray(13, 13 + m[12]).toString();
    const type = m.readUInt16BE(12 + m[12] + 2);
    if (asked.toUpperCase() !== name || (type !== 1 && type !== 28)) return;
    const q = question(asked, type);
    const rr = type === 1 ? Buffer.concat([q, Buffer.from([0, 0, 0, 30, 0, 4]), address(own)]) : Buffer.alloc(0);
    s.send(Buffer.concat([header(m.readUInt16BE(0), 0x8000, type === 1 ? 1 : 0), q, rr]), from.port, from.address);
  });
  s.bind(PORT, () => { s.addMembership(GROUP, own); console.log('ready'); });
}

// ask sends both questions, each twice when nobody answers (LLMNR_TIMEOUT is
// 1 s at first, 100 ms here).
function ask(name, own) {
  const s = dgram.createSocket('udp4');
  const ids = [0x4c5a, 0x4c5b];
  let found = '';
  s.on('message', (m) => { if (m.readUInt16BE(6) > 0) found = [...m.subarray(m.length - 4)].join('.'); });
  s.bind(0, own, () => {
    s.setMulticastInterface(own);
    s.setMulticastTTL(1);
    const send = () => [1, 28].forEach((type, i) => s.send(Buffer.concat([header(ids[i], 0, 0), question(name, type)]), PORT, GROUP));
    send();
    setTimeout(() => { if (!found) send(); }, 150);
    setTimeout(() => { console.log(found || 'nobody'); s.close(); }, 500);
  });
}

const [verb, name, own] = process.argv.slice(2);
if (verb === 'answer') answer(name, own); else ask(name, own);
