'use strict';
// A DICOM peer on dcmjs-dimse: a client that sends a list of requests in one
// association, or a server that answers storage, commitment, MPPS and print.
// It reads its job from a JSON file and reports every association as one line
// of JSON on standard output: its own account, the source of the lab's truth.
//
// usage: node dimse.js scu JOB.json | node dimse.js scp CONFIG.json

const fs = require('fs');
const dimse = require('dcmjs-dimse');
const { Client, Dataset, Implementation, Scp, Server, requests, responses } = dimse;
const { PresentationContextResult, RejectReason, RejectResult, RejectSource, SopClass, Status,
  TransferSyntax, UserIdentityType } = dimse.constants;
dimse.log.setLevel('silent');

const hex = (n) => '0x' + n.toString(16).padStart(4, '0');

// say reports with equal neighbours folded into a count: a pipe takes 64 KiB
// at once, and what is unwritten at exit is lost.
function say(record) {
  const folded = [];
  for (const { count, ...op } of record.operations) {
    const last = folded[folded.length - 1];
    const text = JSON.stringify(op);
    if (last && last.text === text) last.op.count++; else folded.push({ text, op: { ...op, count: 1 } });
  }
  fs.writeSync(1, JSON.stringify({ ...record, operations: folded.map((f) => f.op) }) + '\n');
}


function implement(job) {
  if (job.impl_uid) Implementation.setImplementationClassUid(job.impl_uid);
  if (job.impl_version) Implementation.setImplementationVersion(job.impl_version);
  if (job.max_pdu) Implementation.setMaxPduLength(job.max_pdu);
}

// build turns one line of the job into a request of the library.
function build(r) {
  let q;
  switch (r.op) {
    case 'C-ECHO': return new requests.CEchoRequest();
    case 'C-STORE': return new requests.CStoreRequest(r.file);
    case 'C-FIND':
      return r.worklist ? requests.CFindRequest.createWorklistFindRequest(r.dataset)
        : requests.CFindRequest.createStudyFindRequest(r.dataset);
    case 'C-MOVE': return requests.CMoveRequest.createStudyMoveRequest(r.destination, r.study);
    case 'C-GET': return requests.CGetRequest.createStudyGetRequest(r.study);
    case 'N-CREATE': q = new requests.NCreateRequest(r.sop_class, r.sop_instance, r.meta); break;
    case 'N-SET': q = new requests.NSetRequest(r.sop_class, r.sop_instance, r.meta); break;
    case 'N-ACTION': q = new requests.NActionRequest(r.sop_class, r.sop_instance, r.type, r.meta); break;
    case 'N-DELETE': q = new requests.NDeleteRequest(r.sop_class, r.sop_instance, r.meta); break;
    case 'N-GET': q = new requests.NGetRequest(r.sop_class, r.sop_instance, r.attributes || [], r.meta); break;
    case 'N-EVENT-REPORT': q = new requests.NEventReportRequest(r.sop_class, r.sop_instance, r.type, r.meta); break;
    default: throw new Error('no such operation: ' + r.op);
  }
  if (r.dataset) q.setDataset(new Dataset(r.dataset));
  return q;
}

function scu(job) {
  implement(job);
  const report = { result: '', operations: [] };
  const client = new Client();
  for (let i = 0; i < (job.repeat || 1); i++) {
    for (const r of job.requests) {
      const q = build(r);
      const op = { command: r.op, by: 'client', pending: 0, status: '',
        move_destination: r.destination || '' };
      q.on('response', (p) => {
        if (p.getStatus() === Status.Pending || p.getStatus() === 0xff01) { op.pending++; return; }
        op.status = hex(p.getStatus());
        if (p.getCompleted) op.completed = p.getCompleted() || 0;
      });
      client.addRequest(q);
      op.sop_class = q.getAffectedSopClassUid() || q.getRequestedSopClassUid();
      report.operations.push(op);
    }
  }
  client.on('associationAccepted', (a) => {
    report.result = 'accepted';
    report.server_implementation_uid = a.getImplementationClassUid();
    report.server_implementation_version = a.getImplementationVersion();
    report.server_max_pdu = a.getMaxPduLength();
    report.contexts_offered = a.getPresentationContexts().length;
    report.contexts_accepted = a.getPresentationContexts()
      .filter((c) => a.getPresentationContext(c.id).getResult() === PresentationContextResult.Accept).length;
    if (job.abort) setTimeout(() => client.abort(), 50);
  });
  client.on('associationRejected', (why) => {
    report.result = 'rejected';
    report.reject = JSON.stringify(why);
    report.operations = [];
  });
  client.on('cStoreRequest', (q, done) => {
    const p = responses.CStoreResponse.fromRequest(q);
    p.setStatus(Status.Success);
    report.operations.push({ command: 'C-STORE', by: 'server', sop_class: q.getAffectedSopClassUid(), status: '0x0000' });
    done(p);
  });
  let released = false;
  client.on('associationReleased', () => { released = true; });
  client.on('networkError', (e) => { if (!released) report.error = String(e && e.message || e); });
  client.on('closed', () => { say(report); process.exit(report.error ? 1 : 0); });
  const opts = { associationTimeout: 15000, pduTimeout: 15000 };
  if (job.user) {
    opts.userIdentity = { type: UserIdentityType.UsernameAndPasscode, positiveResponseRequested: true,
      primaryField: job.user, secondaryField: job.secret };
  }
  if (job.async) opts.asyncOps = { maxAsyncOpsInvoked: job.async, maxAsyncOpsPerformed: job.async };
  client.send(job.host, job.port, job.calling, job.called, opts);
  setTimeout(() => { report.error = 'timeout'; say(report); process.exit(3); }, 40000).unref();
}

// scp answers what the configuration names. For storage commitment it calls
// the requestor back with N-EVENT-REPORT, as archives do.
function scp(conf) {
  implement(conf);
  class Peer extends Scp {
    constructor(socket, opts) {
      super(socket, opts);
      this.report = { peer: socket.remoteAddress, result: '', operations: [] };
      this.said = false;
    }
    associationRequested(a) {
      this.association = a;
      Object.assign(this.report, { calling: a.getCallingAeTitle(), called: a.getCalledAeTitle(),
        client_implementation_uid: a.getImplementationClassUid(),
        client_implementation_version: a.getImplementationVersion(),
        client_max_pdu: a.getMaxPduLength(), contexts_offered: a.getPresentationContexts().length,
        async: a.getNegotiateAsyncOps() || undefined,
        roles: a.getPresentationContexts().some((c) => a.getPresentationContext(c.id).getProviderRole() !== undefined) || undefined });
      if (!conf.titles.includes(this.report.called)) {
        this.report.result = 'rejected';
        this.sendAssociationReject(RejectResult.Permanent, RejectSource.ServiceUser, RejectReason.CalledAeNotRecognized);
        return;
      }
      let accepted = 0;
      for (const c of a.getPresentationContexts()) {
        const ctx = a.getPresentationContext(c.id);
        const syntaxes = ctx.getTransferSyntaxUids();
        const pick = [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian].find((t) => syntaxes.includes(t));
        if (pick && !(conf.refuse || []).includes(ctx.getAbstractSyntaxUid())) {
          ctx.setResult(PresentationContextResult.Accept, pick);
          accepted++;
        } else {
          ctx.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
        }
      }
      if (a.getNegotiateUserIdentity()) {
        this.report.user_identity = true;
        if (a.getUserIdentityPositiveResponseRequested()) {
          a.setUserIdentityServerResponse('');
          a.setNegotiateUserIdentityServerResponse(true);
        }
      }
      this.report.contexts_accepted = accepted;
      this.report.result = 'accepted';
      this.sendAssociationAccept();
    }
    answer(command, request, response, done, status) {
      const s = status === undefined ? (conf.status || {})[command] || Status.Success : status;
      response.setStatus(s);
      this.report.operations.push({ command, by: 'client', status: hex(s),
        sop_class: request.getAffectedSopClassUid() || request.getRequestedSopClassUid() });
      done(response);
    }
    cEchoRequest(q, done) { this.answer('C-ECHO', q, responses.CEchoResponse.fromRequest(q), done); }
    cStoreRequest(q, done) { this.answer('C-STORE', q, responses.CStoreResponse.fromRequest(q), done); }
    nCreateRequest(q, done) { this.answer('N-CREATE', q, responses.NCreateResponse.fromRequest(q), done); }
    nSetRequest(q, done) { this.answer('N-SET', q, responses.NSetResponse.fromRequest(q), done); }
    nDeleteRequest(q, done) { this.answer('N-DELETE', q, responses.NDeleteResponse.fromRequest(q), done); }
    nEventReportRequest(q, done) { this.answer('N-EVENT-REPORT', q, responses.NEventReportResponse.fromRequest(q), done); }
    nGetRequest(q, done) {
      const p = responses.NGetResponse.fromRequest(q);
      p.setDataset(new Dataset({ PrinterStatus: 'NORMAL', PrinterStatusInfo: 'NORMAL', ...conf.printer }));
      this.answer('N-GET', q, p, done);
    }
    nActionRequest(q, done) {
      this.answer('N-ACTION', q, responses.NActionResponse.fromRequest(q), done);
      const back = (conf.callback || {})[this.report.calling];
      if (back && q.getRequestedSopClassUid() === SopClass.StorageCommitmentPushModel) {
        this.commit = { back, dataset: q.getDataset().getElements() };
      }
    }
    associationReleaseRequested() {
      this.sendAssociationReleaseResponse();
      this.finish();
      if (this.commit) setTimeout(() => this.event(this.commit), 200);
    }
    onAbort() { this.report.result = 'aborted'; this.finish(); }
    onClose() { this.finish(); }
    finish() {
      if (!this.said) { this.said = true; say(this.report); }
    }
    event({ back, dataset }) {
      const client = new Client();
      const q = new requests.NEventReportRequest(SopClass.StorageCommitmentPushModel, '1.2.840.10008.1.20.1.1', 1);
      q.setDataset(new Dataset({ TransactionUID: dataset.TransactionUID, ReferencedSOPSequence: dataset.ReferencedSOPSequence }));
      const report = { called_back: true, calling: conf.titles[0], called: back.ae, result: '', operations: [] };
      q.on('response', (p) => report.operations.push({ command: 'N-EVENT-REPORT', by: 'client',
        sop_class: SopClass.StorageCommitmentPushModel, status: hex(p.getStatus()) }));
      client.addRequest(q);
      client.on('associationAccepted', (a) => {
        report.result = 'accepted';
        report.server_implementation_uid = a.getImplementationClassUid();
        report.server_implementation_version = a.getImplementationVersion();
      });
      client.on('closed', () => say(report));
      client.send(back.host, back.port, conf.titles[0], back.ae);
    }
  }
  const server = new Server(Peer);
  server.on('networkError', () => {});
  server.listen(conf.port);
}

const job = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
if (process.argv[2] === 'scu') scu(job); else scp(job);
