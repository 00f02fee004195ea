'use strict';
// A small FHIR R4 server: JSON in, JSON out, resources kept in memory. It
// knows metadata, create, read, update, search, transaction and the outcome
// of what it does not have (FHIR R4, http.html). On /events it speaks
// WebSocket far enough to greet and to say one line (RFC 6455).
//
// usage: node fhir.js serve PORT | node fhir.js upgrade ADDRESS PORT

const http = require('http');
const crypto = require('crypto');
const net = require('net');
const store = { Device: {}, ImagingStudy: {}, Patient: {}, Consent: {}, QuestionnaireResponse: {} };

store.Device.ct1 = {
  resourceType: 'Device', id: 'ct1', status: 'active', manufacturer: 'SIEMENS', serialNumber: '73021',
  udiCarrier: [{ deviceIdentifier: '04056869012345', carrierHRF: '(01)04056869012345(21)73021' }],
  deviceName: [{ name: 'SOMATOM Force', type: 'model-name' }], version: [{ value: 'syngo CT VA50A' }],
  type: { coding: [{ system: 'http://snomed.info/sct', code: '19892000', display: 'Scanning system, computerized tomography' }] },
};
store.ImagingStudy.s1 = {
  resourceType: 'ImagingStudy', id: 's1', status: 'available', subject: { reference: 'Patient/p1' }, started: '2026-11-23T08:15:00Z',
  identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:1.3.12.2.1107.5.1.4.73021.20261123.5187' }], numberOfSeries: 1, numberOfInstances: 2,
  series: [{ uid: '1.3.12.2.1107.5.1.4.73021.301.12', modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' }, numberOfInstances: 2 }],
};

const outcome = (code, text) => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics: text }] });

const capability = () => ({
  resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-12', kind: 'instance', fhirVersion: '4.0.1', format: ['application/fhir+json'],
  software: { name: 'HAPI FHIR Server', version: '6.10.0' }, implementation: { description: 'St Lazarus FHIR facade', url: 'http://fhir.lazarus.example/fhir' },
  rest: [{ mode: 'server', resource: Object.keys(store).map((type) => ({ type, interaction: [{ code: 'read' }, { code: 'create' }, { code: 'search-type' }] })) }],
});

function create(type, r) {
  const id = `${type.toLowerCase().slice(0, 2)}${Object.keys(store[type]).length + 1}`;
  store[type][id] = { ...r, id, meta: { versionId: '1', lastUpdated: '2026-11-23T09:00:00Z' } };
  return store[type][id];
}

const bundle = (all) => ({ resourceType: 'Bundle', type: 'searchset', total: all.length, entry: all.map((resource) => ({ fullUrl: `http://fhir.lazarus.example/fhir/${resource.resourceType}/${resource.id}`, resource, search: { mode: 'match' } })) });

function transaction(b) {
  const entry = b.entry.map((e) => {
    const r = create(e.request.url.split('/')[0], e.resource);
    return { response: { status: '201 Created', location: `${r.resourceType}/${r.id}/_history/1` } };
  });
  return { resourceType: 'Bundle', type: 'transaction-response', entry };
}

// answer gives status and resource of one interaction.
function answer(method, path, body) {
  const [type, id] = path.split('/').slice(2);
  if (method === 'GET' && type === 'metadata') return [200, capability()];
  if (method === 'POST' && !type) return [200, transaction(JSON.parse(body))];
  if (!store[type]) return [404, outcome('not-found', `Unknown resource type '${type}'`)];
  if (id === '_search' || (method === 'GET' && !id)) return [200, bundle(Object.values(store[type]))];
  if (method === 'POST') return [201, create(type, JSON.parse(body))];
  if (method === 'PUT') { store[type][id] = { ...JSON.parse(body), id }; return [200, store[type][id]]; }
  if (method === 'DELETE') return [204, null];
  return store[type][id] ? [200, store[type][id]] : [404, outcome('not-found', `Resource ${type}/${id} is not known`)];
}

function serve(port) {
  const s = http.createServer((q, p) => {
    const parts = [];
    q.on('data', (d) => parts.push(d));
    q.on('end', () => {
      const [status, r] = answer(q.method, q.url.split('?')[0].replace(/\/$/, ''), Buffer.concat(parts).toString());
      p.setHeader('X-Powered-By', 'HAPI FHIR 6.10.0 REST Server (FHIR Server; FHIR 4.0.1/R4)');
      p.setHeader('Content-Type', 'application/fhir+json;charset=UTF-8');
      if (status === 201) p.setHeader('Location', `http://fhir.lazarus.example/fhir/${r.resourceType}/${r.id}/_history/1`);
      p.writeHead(status);
      p.end(r ? JSON.stringify(r) : undefined);
    });
  });
  s.on('upgrade', (q, socket) => {
    const accept = crypto.createHash('sha1').update(q.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
    const line = Buffer.from('{"topic":"imaging-study","event":"created"}');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.write(Buffer.concat([Buffer.from([0x81, line.length]), line]));
    socket.on('data', () => socket.end(Buffer.from([0x88, 2, 3, 0xe8])));
    socket.on('error', () => {});
  });
  s.listen(port);
}

// upgrade is a client that takes one line and closes with a masked frame.
function upgrade(address, port) {
  const s = net.connect(port, address, () => s.write(`GET /events HTTP/1.1\r\nHost: ${address}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: bGF6YXJ1cy1sYWIta2V5IQ==\r\nSec-WebSocket-Version: 13\r\nUser-Agent: node-ws-lab/1.0\r\n\r\n`));
  let got = '';
  s.on('data', (d) => {
    got += d.toString('latin1');
    if (got.includes('created"}')) { console.log('event'); s.write(Buffer.from([0x88, 0x82, 1, 2, 3, 4, 3 ^ 1, 0xe8 ^ 2])); got = ''; }
  });
  s.on('close', () => process.exit(0));
  setTimeout(() => process.exit(1), 5000).unref();
}

const [verb, a, b] = process.argv.slice(2);
if (verb === 'serve') serve(Number(a)); else upgrade(a, Number(b));
