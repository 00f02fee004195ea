package dicom

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/dataset"
	"lazaret/internal/prototest"
)

// TestFaults breaks one thing at a time. Each must be reported under its code,
// and the C-ECHO behind it must be understood all the same.
func TestFaults(t *testing.T) {
	first := opened(explicitLE, ctStorage, verificationUID)
	object := func(els ...el) []byte { return send(1, frag, storeRQ(1), encode(explicitLE, els...)) }
	raw := func(data string) []byte { return send(1, frag, storeRQ(1), []byte(data)) }
	modality := el{tag: 0x00080060, vr: "CS", value: "CT"}
	deep := []el{modality}
	for range dataset.MaxDepth {
		deep = []el{{tag: 0x00081140, vr: "SQ", undef: true, items: [][]el{deep}}}
	}
	var many []byte
	for i := range maxMessages + 1 {
		many = append(many, dataPDU(pdvOf(byte(2*i+1), 1, storeRQ(i)[:20]))...)
	}
	var open []byte
	for i := range maxOutstanding + 1 {
		open = append(open, send(3, frag, rq(0x30, 1000+i, verificationUID, false), nil)...)
	}
	for _, c := range []struct {
		name, code string
		bytes      []byte
	}{
		{"unknown pdu type", "bad_pdu_type", []byte{9, 0, 0, 0, 0, 0}},
		{"empty p-data", "bad_pdu_length", dataPDU()},
		{"short release", "bad_pdu_length", pduOf(5, []byte{0})},
		{"request that ends in its titles", "bad_pdu_length", pduOf(1, make([]byte, 30))},
		{"pdv without a control header", "bad_pdv_length", dataPDU(be32(1), make([]byte, 5))},
		{"bytes behind the last pdv", "bad_pdv_length", dataPDU(pdvOf(3, 3, rq(0x30, 1, verificationUID, false)), []byte{1, 2, 3})},
		{"pdv longer than its pdu", "pdv_overrun", dataPDU(be32(1000), []byte{1, 3}, make([]byte, 10))},
		{"even context", "bad_context_id", dataPDU(pdvOf(2, 2, []byte("data")))},
		{"context not agreed on", "unknown_context", send(9, frag, rq(0x30, 1, verificationUID, false), nil)},
		{"pdu over the maximum", "pdu_over_maximum", dataPDU(pdvOf(1, 3, storeRQ(1)), pdvOf(1, 2, ctObject(explicitLE, 140000)))},
		{"command set with a wrong length", "bad_command", dataPDU(pdvOf(1, 3, append(storeRQ(1), 0, 0, 0, 1, 0xff, 0, 0, 0)))},
		{"command set of another group", "bad_command", dataPDU(pdvOf(1, 3, encode(implicitLE, modality)))},
		{"command set without a command", "bad_command", dataPDU(pdvOf(1, 3, commandSet(cmdUS(0x110, 1))))},
		{"endless command set", "command_too_long", send(1, frag, append(storeRQ(1), encode(implicitLE, el{tag: 0x1005, value: strings.Repeat("\x00", maxCommand)})...), nil)},
		{"unknown command", "unknown_command", send(1, frag, rq(0x0666, 1, ctStorage, true), []byte("data"))},
		{"data set without a command", "dataset_without_command", dataPDU(pdvOf(1, 2, []byte("data")))},
		{"command where a data set is due", "dataset_missing", cat(send(1, frag, storeRQ(1), nil), send(1, frag, storeRQ(2), []byte{}))},
		{"too many messages at once", "too_many_messages", many},
		{"too many operations", "too_many_operations", open},
		{"message id in use", "message_id_reused", cat(send(1, frag, storeRQ(1), nil), send(3, frag, rq(0x30, 1, verificationUID, false), nil))},
		{"answer in the middle", "unexpected_pdu", request("X", "Y", nil)},
		{"no vr", "bad_vr", object(modality, el{tag: 0x00080070, vr: "?!", value: "x"})},
		{"value longer than the data set", "dataset_overrun", raw("\x08\x00\x60\x00CS\x20\x00CT")},
		{"data set cut in a header", "dataset_overrun", raw("\x08\x00\x60\x00CS\x02\x00CT\x08\x00")},
		{"element longer than its item", "bad_element_length", raw("\x40\x00\x00\x01SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\x0a\x00\x00\x00\x08\x00\x60\x00CS\x20\x00CT")},
		{"item longer than its sequence", "bad_item", raw("\x40\x00\x00\x01SQ\x00\x00\x10\x00\x00\x00\xfe\xff\x00\xe0\x20\x00\x00\x00\x08\x00\x60\x00CS\x02\x00CT")},
		{"element where an item is due", "bad_item", raw("\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\x08\x00\x60\x00CS\x02\x00CT")},
		{"delimiter of the wrong kind", "bad_item", raw("\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x0d\xe0\x00\x00\x00\x00")},
		{"nested too deep", "too_deep", object(append([]el{{tag: 0x00080005, vr: "CS"}}, deep...)...)},
		{"implicit where explicit was agreed", "transfer_syntax_mismatch", send(1, frag, storeRQ(1), ctObject(implicitLE, 100))},
		{"big where little was agreed", "transfer_syntax_mismatch", send(1, frag, storeRQ(1), ctObject(explicitBE, 100))},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := prototest.Feed(&Spec, join(first, []prototest.Segment{
				from(resp, send(3, frag, rq(0x30, 7, verificationUID, false), nil)),
				from(orig, send(3, frag, rsp(0x30, 7, verificationUID, 0, false), nil)),
				from(orig, c.bytes),
				from(orig, send(3, frag, rq(0x30, 99, verificationUID, false), nil)),
				from(resp, send(3, frag, rsp(0x30, 99, verificationUID, 0, false), nil)),
			}, released()))
			if !slices.Contains(f.Weirds, c.code) {
				t.Errorf("weirds %v, want %s", f.Weirds, c.code)
			}
			if !slices.Contains(ids(f), "C-ECHO99") {
				t.Errorf("the operation behind it is lost: %v", ids(f))
			}
		})
	}
}

// TestNegotiationFaults breaks items; the rest of the request is understood.
func TestNegotiationFaults(t *testing.T) {
	head := func(items ...[]byte) []byte {
		return assocPDU(1, "PACS", "CT1", cat(items...), userInfo(4096, "1.2.3", "V1"))
	}
	for _, c := range []struct {
		name, code string
		bytes      []byte
	}{
		{"item longer than the pdu", "bad_item_length", assocPDU(1, "PACS", "CT1", userInfo(4096, "1.2.3", "V1"), []byte{0x20, 0, 0xff, 0xff, 1, 0, 0, 0})},
		{"sub-item longer than its item", "bad_item_length", head(itemOf(0x20, []byte{1, 0, 0, 0, 0x30, 0, 0x7f, 0x7f}))},
		{"bytes too few for an item", "bad_item_length", assocPDU(1, "PACS", "CT1", userInfo(4096, "1.2.3", "V1"), []byte{1, 2})},
		{"bytes too few for a sub-item", "bad_item_length", head(itemOf(0x20, []byte{1, 0, 0, 0, 0x30, 0}))},
		{"context item without a context", "bad_item_length", head(itemOf(0x20, []byte{1}))},
		{"role without roles", "bad_item_length", head(itemOf(0x50, itemOf(0x54, be16(3), []byte("1.2"))))},
		{"role with an uid longer than itself", "bad_item_length", head(itemOf(0x50, itemOf(0x54, be16(30), []byte("1.2"))))},
		{"maximum length of two bytes", "bad_item_length", head(itemOf(0x50, itemOf(0x51, be16(1))))},
		{"unknown item", "bad_item_type", head(itemOf(0x77, []byte("x")))},
		{"unknown sub-item", "bad_item_type", head(itemOf(0x50, itemOf(0x77, []byte("x"))))},
		{"even context", "bad_context_id", head(itemOf(0x20, []byte{2, 0, 0, 0}, itemOf(0x30, []byte(ctStorage))))},
		{"abstract syntax that is no uid", "bad_uid", head(itemOf(0x20, []byte{1, 0, 0, 0}, itemOf(0x30, []byte("CT\x01"))))},
		{"uid too long", "bad_uid", head(itemOf(0x20, []byte{1, 0, 0, 0}, itemOf(0x30, []byte(strings.Repeat("1.", 40)))))},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := prototest.Feed(&Spec, []prototest.Segment{from(orig, c.bytes), from(resp, pduOf(3, []byte{0, 1, 1, 3}))})
			if !slices.Contains(f.Weirds, c.code) {
				t.Errorf("weirds %v, want %s", f.Weirds, c.code)
			}
			as := f.Records[0].Body.(*Association)
			if as.Result != "rejected" || as.RqImplUID != "1.2.3" || as.Calling != "CT1" {
				t.Errorf("record %s", f.JSON())
			}
		})
	}
}

// TestLimits checks that what one association can make the analyzer hold ends
// somewhere.
func TestLimits(t *testing.T) {
	var offers []offer
	for i := range 128 {
		var transfer []string
		for j := range 40 {
			transfer = append(transfer, fmt.Sprintf("1.2.3.%d.%d", i, j))
		}
		offers = append(offers, offer{id: byte(2*i + 1), abstract: fmt.Sprintf("1.9.%d", i), transfer: transfer})
	}
	var roles []byte
	for i := range 300 {
		u := fmt.Sprintf("1.9.%d", i)
		roles = append(roles, itemOf(0x54, be16(len(u)), []byte(u), []byte{1, 1})...)
		roles = append(roles, itemOf(0x56, be16(len(u)), []byte(u), []byte{1, 1})...)
	}
	f := prototest.Feed(&Spec, []prototest.Segment{from(orig, request("CT1", "PACS", offers)),
		from(resp, assocPDU(2, "PACS", "CT1", itemOf(0x50, roles)), releaseRP())})
	as := f.Records[0].Body.(*Association)
	if len(as.Offered) != 128 || len(as.OfferedXfer) != maxSyntaxes || len(as.Roles) != maxListed || len(as.Extended) != maxListed {
		t.Errorf("offered %d, syntaxes %d, roles %d, extended %d", len(as.Offered), len(as.OfferedXfer), len(as.Roles), len(as.Extended))
	}
}

// TestThousands sends thousands of operations over one association and checks
// that each is told once and nothing is kept.
func TestThousands(t *testing.T) {
	const n = 5000
	segs := opened(explicitLE, ctStorage, verificationUID)
	for i := range n {
		segs = append(segs, from(orig, send(3, frag, rq(0x30, i&0xffff, verificationUID, false), nil)),
			from(resp, send(3, frag, rsp(0x30, i&0xffff, verificationUID, 0, false), nil)))
	}
	f := prototest.Feed(&Spec, join(segs, released()))
	if len(f.Records) != n+1 || len(f.Weirds) != 0 {
		t.Errorf("%d records, want %d; weirds %v", len(f.Records), n+1, f.Weirds)
	}
	if as := f.Records[n].Body.(*Association); as.Ops != n {
		t.Errorf("operations %d, want %d", as.Ops, n)
	}
}
