package dicom

import (
	"bytes"
	"compress/flate"

	"lazaret/internal/prototest"
)

// scenario is a conversation and what it is.
type scenario struct {
	name string
	segs []prototest.Segment
}

// opened is a request that offers the classes with ids 1, 3, 5... in one
// syntax, and its acceptance.
func opened(syntax string, classes ...string) []prototest.Segment {
	var offers, answers []offer
	for i, c := range classes {
		id := byte(2*i + 1)
		offers = append(offers, offer{id: id, abstract: c, transfer: []string{syntax}})
		answers = append(answers, offer{id: id, transfer: []string{syntax}})
	}
	return []prototest.Segment{
		from(orig, request("CT1", "PACS", offers)),
		from(resp, accept("CT1", "PACS", answers)),
	}
}

func released() []prototest.Segment {
	return []prototest.Segment{from(orig, releaseRQ()), from(resp, releaseRP())}
}

func join(parts ...[]prototest.Segment) []prototest.Segment {
	var out []prototest.Segment
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, 6)
	w.Write(b)
	w.Close()
	if out.Len()%2 == 1 {
		out.WriteByte(0)
	}
	return out.Bytes()
}

func storeRQ(id int) []byte {
	return rq(0x0001, id, ctStorage, true, cmdUI(0x1000, canaryUID+".3"))
}

func storeRSP(id, status int) []byte { return rsp(0x0001, id, ctStorage, status, false) }

const frag = 4086

// storing is one object sent and stored in the given syntax.
func storing(syntax string) []prototest.Segment {
	data := ctObject(explicitLE, 20000)
	switch syntax {
	case implicitLE, explicitBE:
		data = ctObject(syntax, 20000)
	case deflatedLE:
		data = deflate(data)
	}
	return join(opened(syntax, ctStorage), []prototest.Segment{
		from(orig, send(1, frag, storeRQ(7), data)),
		from(resp, send(1, frag, storeRSP(7, 0), nil)),
	}, released())
}

// worklistQuery is the identifier of a worklist query.
func worklistQuery() []byte {
	return encode(implicitLE,
		el{tag: 0x00080005, vr: "CS", value: "ISO_IR 192"},
		el{tag: 0x00080050, vr: "SH"},
		el{tag: 0x00100010, vr: "PN", value: "KANARIENVOGEL*"},
		el{tag: 0x00100020, vr: "LO", value: "*"},
		el{tag: 0x00321064, vr: "SQ", items: [][]el{{{tag: 0x00080100, vr: "SH"}, {tag: 0x00080102, vr: "SH"}}}},
		el{tag: 0x00400100, vr: "SQ", items: [][]el{{
			{tag: 0x00080060, vr: "CS", value: "CT"},
			{tag: 0x00400001, vr: "AE", value: "CT1"},
			{tag: 0x00400002, vr: "DA", value: "20260101-20260131"},
			{tag: 0x00400007, vr: "LO"},
		}}},
		el{tag: 0x00401001, vr: "SH"},
	)
}

func querying() []prototest.Segment {
	match := encode(implicitLE, el{tag: 0x00100010, vr: "PN", value: canaryName}, el{tag: 0x00100020, vr: "LO", value: canaryID})
	level := encode(implicitLE, el{tag: 0x00080052, vr: "CS", value: "STUDY"}, el{tag: 0x00080020, vr: "DA", value: "20260101-"},
		el{tag: 0x00100020, vr: "LO", value: canaryID}, el{tag: 0x0020000d, vr: "UI"})
	return join(opened(implicitLE, worklistFind, studyFind), []prototest.Segment{
		from(orig, send(1, frag, rq(0x20, 1, worklistFind, true), worklistQuery())),
		from(resp, send(1, frag, rsp(0x20, 1, worklistFind, 0xff00, true), match)),
		from(resp, send(1, frag, rsp(0x20, 1, worklistFind, 0xff01, true), match)),
		from(resp, send(1, frag, rsp(0x20, 1, worklistFind, 0, false), nil)),
		from(orig, send(3, frag, rq(0x20, 2, studyFind, true), level)),
		from(resp, send(3, frag, rsp(0x20, 2, studyFind, 0xff00, true), match)),
		from(orig, send(3, frag, commandSet(cmdUS(0x100, 0xfff), cmdUS(0x120, 2), dataType(false)), nil)),
		from(resp, send(3, frag, rsp(0x20, 2, studyFind, 0xfe00, false), nil)),
	}, released())
}

func retrieving() []prototest.Segment {
	id := encode(implicitLE, el{tag: 0x00080052, vr: "CS", value: "STUDY"}, el{tag: 0x0020000d, vr: "UI", value: canaryUID + ".1"})
	failed := encode(implicitLE, el{tag: 0x00080058, vr: "UI", value: canaryUID + ".3"})
	counts := func(remaining, completed, failed, warned int) []el {
		return []el{cmdUS(0x1020, remaining), cmdUS(0x1021, completed), cmdUS(0x1022, failed), cmdUS(0x1023, warned)}
	}
	return join(opened(implicitLE, studyMove, studyGet, ctStorage), []prototest.Segment{
		from(orig, send(1, frag, rq(0x21, 11, studyMove, true, cmdAE(0x600, "WS1")), id)),
		from(resp, send(1, frag, rsp(0x21, 11, studyMove, 0xff00, false, counts(2, 1, 0, 0)...), nil)),
		from(resp, send(1, frag, rsp(0x21, 11, studyMove, 0xb000, true, counts(0, 2, 1, 0)[1:]...), failed)),
		from(orig, send(3, frag, rq(0x10, 12, studyGet, true), id)),
		// The acceptor stores back over the same association.
		from(resp, send(5, frag, rq(1, 1, ctStorage, true, cmdUI(0x1000, "1.2.3"), cmdAE(0x1030, "CT1"), cmdUS(0x1031, 12)), ctObject(implicitLE, 9000))),
		from(orig, send(5, frag, rsp(1, 1, ctStorage, 0, false), nil)),
		from(resp, send(3, frag, rsp(0x10, 12, studyGet, 0xff00, false, counts(0, 1, 0, 0)...), nil)),
		from(resp, send(3, frag, rsp(0x10, 12, studyGet, 0, false, counts(0, 1, 0, 0)...), nil)),
	}, released())
}

func normalised() []prototest.Segment {
	step := encode(implicitLE,
		el{tag: 0x00080060, vr: "CS", value: "CT"},
		el{tag: 0x00100010, vr: "PN", value: canaryName},
		el{tag: 0x00100020, vr: "LO", value: canaryID},
		el{tag: 0x00400241, vr: "AE", value: "CT1"},
		el{tag: 0x00400242, vr: "SH", value: "CT-ROOM"},
		el{tag: 0x00400252, vr: "CS", value: "IN PROGRESS"},
		el{tag: 0x00400270, vr: "SQ", undef: true, items: [][]el{{
			{tag: 0x00080050, vr: "SH", value: canaryAcc},
			{tag: 0x0020000d, vr: "UI", value: canaryUID + ".1"},
		}}},
	)
	done := encode(implicitLE, el{tag: 0x00400252, vr: "CS", value: "COMPLETED"})
	printer := encode(implicitLE, el{tag: 0x00080070, vr: "LO", value: "Filmmaker"}, el{tag: 0x00081090, vr: "LO", value: "Dry 9"},
		el{tag: 0x00181000, vr: "LO", value: "P77"}, el{tag: 0x21100010, vr: "CS", value: "NORMAL"})
	const printerClass = "1.2.840.10008.5.1.1.16"
	instance := canaryUID + ".9"
	n := func(field, id int, class string, data bool, more ...el) []byte {
		return commandSet(append([]el{cmdUI(3, class), cmdUS(0x100, field), cmdUS(0x110, id), dataType(data)}, more...)...)
	}
	return join(opened(implicitLE, mppsClass, commitment, printerClass), []prototest.Segment{
		from(orig, send(1, frag, rq(0x140, 1, mppsClass, true, cmdUI(0x1000, instance)), step)),
		from(resp, send(1, frag, rsp(0x140, 1, mppsClass, 0, false), nil)),
		from(orig, send(1, frag, n(0x120, 2, mppsClass, true, cmdUI(0x1001, instance)), done)),
		from(resp, send(1, frag, rsp(0x120, 2, mppsClass, 0x0110, false), nil)),
		from(orig, send(3, frag, n(0x130, 3, commitment, true, cmdUS(0x1008, 1)), done)),
		from(resp, send(3, frag, rsp(0x130, 3, commitment, 0, false, cmdUS(0x1008, 1)), nil)),
		from(resp, send(3, frag, rq(0x100, 1, commitment, true, cmdUS(0x1002, 2)), done)),
		from(orig, send(3, frag, rsp(0x100, 1, commitment, 0, false, cmdUS(0x1002, 2)), nil)),
		from(orig, send(5, frag, n(0x110, 4, printerClass, false), nil)),
		from(resp, send(5, frag, rsp(0x110, 4, printerClass, 0, true), printer)),
		from(orig, send(5, frag, n(0x150, 5, printerClass, false), nil)),
		from(resp, send(5, frag, rsp(0x150, 5, printerClass, 0x0107, false), nil)),
	}, released())
}

// negotiated has every item of PS3.7 D.3.3.
func negotiatedItems() []prototest.Segment {
	uid := func(s string) []byte { return cat(be16(len(s)), []byte(s)) }
	role := func(u string, scu, scp byte) []byte { return itemOf(0x54, uid(u), []byte{scu, scp}) }
	secret := itemOf(0x58, []byte{2, 1}, be16(len("operator-"+canaryPass)), []byte("operator-"+canaryPass), be16(len(canaryPass)), []byte(canaryPass))
	return join([]prototest.Segment{
		from(orig, request("CT1", "PACS", []offer{
			{id: 1, abstract: ctStorage, transfer: []string{explicitLE, implicitLE, jpegLL}},
			{id: 3, abstract: studyGet, transfer: []string{implicitLE}},
			{id: 255, abstract: "1.2.3.4.5", transfer: []string{implicitLE}},
		}, itemOf(0x53, be16(5), be16(2)), role(ctStorage, 0, 1),
			itemOf(0x56, uid(studyGet), []byte{1, 1, 0}),
			itemOf(0x57, uid(ctStorage), uid("1.2.840.10008.4.2"), be16(0)), secret)),
		from(resp, accept("CT1", "PACS", []offer{
			{id: 1, transfer: []string{jpegLL}},
			{id: 3, transfer: []string{implicitLE}, result: 0},
			{id: 255, transfer: []string{implicitLE}, result: 3},
		}, itemOf(0x53, be16(1), be16(1)), role(ctStorage, 0, 1), itemOf(0x59, be16(0)))),
	}, released())
}

// scenarios are all conversations of the tests; the fuzzer starts from them.
func scenarios() []scenario {
	first := opened(explicitLE, ctStorage, verificationUID)
	object := ctObject(explicitLE, 6000)
	echo := func(id int) []byte { return rq(0x30, id, verificationUID, false) }
	echoed := func(id int) []byte { return rsp(0x30, id, verificationUID, 0, false) }
	return []scenario{
		{"echo", join(first, []prototest.Segment{
			from(orig, send(3, frag, echo(1), nil)), from(resp, send(3, frag, echoed(1), nil))}, released())},
		{"store explicit little", storing(explicitLE)},
		{"store implicit", storing(implicitLE)},
		{"store explicit big", storing(explicitBE)},
		{"store deflated", storing(deflatedLE)},
		{"store encapsulated", storing(jpegLL)},
		{"one pdu holds command and data", join(first, []prototest.Segment{
			from(orig, dataPDU(pdvOf(1, 3, storeRQ(1)), pdvOf(1, 0, object[:1000]), pdvOf(1, 2, object[1000:]))),
			from(resp, send(1, frag, storeRSP(1, 0), nil))}, released())},
		{"command and data in crumbs", join(first, []prototest.Segment{
			from(orig, send(1, 7, storeRQ(1), object[:800])),
			from(resp, send(1, 7, storeRSP(1, 0), nil))}, released())},
		{"two contexts interleaved", join(opened(explicitLE, ctStorage, ctStorage), []prototest.Segment{
			from(orig, dataPDU(pdvOf(1, 3, storeRQ(1)), pdvOf(3, 1, storeRQ(2)[:40])),
				dataPDU(pdvOf(1, 0, object[:500]), pdvOf(3, 3, storeRQ(2)[40:])),
				dataPDU(pdvOf(3, 0, object[:100]), pdvOf(1, 0, object[500:900])),
				dataPDU(pdvOf(3, 2, object[100:]), pdvOf(1, 2, object[900:]))),
			from(resp, send(3, frag, storeRSP(2, 0xa700), nil), send(1, frag, storeRSP(1, 0), nil))}, released())},
		{"query", querying()},
		{"retrieve", retrieving()},
		{"normalised", normalised()},
		{"negotiation", negotiatedItems()},
		{"asynchronous", join(first, []prototest.Segment{
			from(orig, send(3, frag, echo(1), nil), send(3, frag, echo(2), nil), send(3, frag, echo(3), nil)),
			from(resp, send(3, frag, echoed(2), nil), send(3, frag, echoed(3), nil), send(3, frag, echoed(1), nil))}, released())},
		{"rejected", []prototest.Segment{first[0], from(resp, pduOf(3, []byte{0, 1, 1, 7}))}},
		{"aborted before an answer", []prototest.Segment{first[0], from(orig, abortPDU(0, 0))}},
		{"unanswered", first[:1]},
		{"aborted by the acceptor in the middle", join(first, []prototest.Segment{
			from(orig, send(1, frag, storeRQ(1), object)[:3000]), from(resp, abortPDU(2, 6)),
			from(orig, send(1, frag, storeRQ(1), object)[3000:])})},
		{"release collision", join(first, []prototest.Segment{
			from(orig, releaseRQ()), from(resp, releaseRQ()), from(orig, releaseRP()), from(resp, releaseRP())})},
		{"data before the answer", []prototest.Segment{first[0],
			from(orig, send(3, frag, echo(1), nil), send(1, frag, storeRQ(2), object), releaseRQ()),
			first[1], from(resp, send(3, frag, echoed(1), nil), send(1, frag, storeRSP(2, 0), nil), releaseRP())}},
		{"requested by the responder", []prototest.Segment{
			{Dir: resp, Data: first[0].Data}, {Dir: orig, Data: first[1].Data},
			from(resp, send(3, frag, echo(1), nil)), from(orig, send(3, frag, echoed(1), nil)),
			from(resp, releaseRQ()), from(orig, releaseRP())}},
		{"picked up in the middle", []prototest.Segment{
			from(orig, make([]byte, 700), send(1, frag, storeRQ(5), object)), from(resp, send(1, frag, storeRSP(5, 0), nil)),
			from(orig, releaseRQ()), from(resp, releaseRP())}},
		{"only the responder seen", []prototest.Segment{first[1],
			from(resp, send(1, frag, storeRSP(5, 0), nil), send(1, frag, storeRSP(6, 0x0122), nil), releaseRP())}},
		{"only the requestor seen", []prototest.Segment{first[0],
			from(orig, send(1, frag, storeRQ(1), object), send(1, frag, storeRQ(1), object), releaseRQ())}},
		{"two associations in one connection", join(first, released(), first, []prototest.Segment{
			from(orig, send(3, frag, echo(9), nil)), from(resp, send(3, frag, echoed(9), nil))}, released())},
	}
}
