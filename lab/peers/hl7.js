'use strict';
// HL7 v2 peers over MLLP on simple-hl7: senders, receivers and an interface
// engine that passes messages on. Each reports what it did as JSON lines.
//
// usage: node hl7.js send JOB.json | receive CONF.json | engine CONF.json
//
// A job with "stream" writes all its messages at once on one connection, as
// exact bytes in its charset, which the library's client cannot do.

const fs = require('fs');
const net = require('net');
const hl7 = require('simple-hl7');

const VT = 0x0b, FS = 0x1c, CR = 0x0d;
// Synchronous, because a pipe would lose what is unwritten at exit.
const say = (record) => fs.writeSync(1, JSON.stringify(record) + '\n');
const job = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));

// frames cuts a growing buffer into MLLP blocks.
function frames(onBlock) {
  let kept = Buffer.alloc(0);
  return (data) => {
    kept = Buffer.concat([kept, data]);
    for (;;) {
      const begin = kept.indexOf(VT);
      const end = kept.indexOf(Buffer.from([FS, CR]));
      if (begin < 0 || end < begin) return;
      onBlock(kept.subarray(begin + 1, end));
      kept = kept.subarray(end + 2);
    }
  };
}

const wrap = (block) => Buffer.concat([Buffer.from([VT]), block, Buffer.from([FS, CR])]);

// field reads MSH or MSA fields with the message's own separator.
function field(block, segment, n) {
  const text = block.toString('latin1');
  const sep = text[3];
  const line = text.split('\r').find((s) => s.startsWith(segment + sep));
  if (!line) return '';
  return line.split(sep)[segment === 'MSH' ? n - 1 : n] || '';
}

// deliver keeps one connection and waits for each answer before it sends the
// next message, as MLLP wants.
function deliver(host, port) {
  const queue = [];
  let sock, busy;
  const next = () => {
    if (busy || queue.length === 0) return;
    busy = queue.shift();
    if (!sock) {
      sock = net.connect({ host, port });
      sock.on('data', frames((b) => {
        const { done } = busy;
        busy = undefined;
        done({ ack: field(b, 'MSA', 1) });
        next();
      }));
      sock.on('error', () => {});
    }
    sock.write(wrap(busy.block));
  };
  return { send(block, done) { queue.push({ block, done }); next(); } };
}

function sendStream() {
  let left = job.messages.length;
  const blocks = [];
  for (const m of job.messages) {
    blocks.push(wrap(Buffer.from(m.text, job.charset || 'utf8')));
  }
  const sock = net.connect({ host: job.host, port: job.port }, () => sock.write(Buffer.concat(blocks)));
  sock.on('data', frames((b) => {
    say({ control_id: field(b, 'MSA', 2), ack: field(b, 'MSA', 1) });
    if (--left === 0) sock.end();
  }));
  sock.on('close', () => process.exit(left ? 1 : 0));
}

function sendAll() {
  const client = hl7.Server.createTcpClient({ host: job.host, port: job.port, keepalive: job.keepalive });
  const parser = new hl7.Parser({ segmentSeperator: '\r' });
  const next = (i) => {
    if (i === job.messages.length) { client.close(); return; }
    const msg = parser.parse(job.messages[i].text);
    client.send(msg, (err, ack) => {
      if (err) { say({ error: String(err) }); process.exit(1); }
      const msa = ack.getSegment('MSA');
      say({ control_id: msa.getField(2).toString(), ack: msa.getField(1).toString() });
      setTimeout(() => next(i + 1), job.pause || 5);
    });
  };
  next(0);
}

function receive() {
  const app = hl7.tcp();
  app.use((req, res, next) => {
    const rule = (job.answer || {})[req.type + '^' + req.event];
    if (rule) res.ack.segments[0].setField(1, rule);
    res.end();
    next();
  });
  app.start(job.port);
}

// engine acknowledges each message and passes it on, bytes unchanged, to the
// first and every other route whose pattern fits MSH-9.
function engine() {
  const routes = job.routes.map((r) => ({ ...r, re: new RegExp(r.match), link: deliver(r.host, r.port) }));
  const refuse = job.refuse || {};
  net.createServer((sock) => {
    sock.on('error', () => {});
    sock.on('data', frames((block) => {
      const sep = String.fromCharCode(block[3]);
      const enc = field(block, 'MSH', 2);
      const id = field(block, 'MSH', 10);
      const type = field(block, 'MSH', 9).split(enc[0]).slice(0, 2).join('^');
      const code = refuse[type] || refuse[id] || 'AA';
      const ack = [['MSH', enc, 'ENGINE', 'LAZARUS', field(block, 'MSH', 3), field(block, 'MSH', 4), '20261123090000', '',
        ['ACK', type.split('^')[1]].join(enc[0]), 'E' + id, 'P', field(block, 'MSH', 12)].join(sep),
      ['MSA', code, id].join(sep)].join('\r') + '\r';
      sock.write(wrap(Buffer.from(ack, 'latin1')));
      if (code !== 'AA') return;
      for (const r of routes) {
        if (!r.re.test(type)) continue;
        r.link.send(Buffer.from(block), (a) => say({ to: r.to, port: r.port, control_id: id, ack: a.ack }));
      }
    }));
  }).listen(job.port);
}

setTimeout(() => process.exit(3), job.limit || 60000).unref();
({ send: job.stream ? sendStream : sendAll, receive, engine })[process.argv[2]]();
