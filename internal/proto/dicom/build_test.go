package dicom

import (
	"bytes"
	"encoding/binary"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// This file builds DICOM streams from the tables of the standard. It shares
// nothing with the parser.

const (
	orig = proto.Orig
	resp = proto.Resp

	implicitLE = "1.2.840.10008.1.2"
	explicitLE = "1.2.840.10008.1.2.1"
	explicitBE = "1.2.840.10008.1.2.2"
	deflatedLE = "1.2.840.10008.1.2.1.99"
	jpegLL     = "1.2.840.10008.1.2.4.70"

	verificationUID = "1.2.840.10008.1.1"
	ctStorage       = "1.2.840.10008.5.1.4.1.1.2"
	studyFind       = "1.2.840.10008.5.1.4.1.2.2.1"
	studyMove       = "1.2.840.10008.5.1.4.1.2.2.2"
	studyGet        = "1.2.840.10008.5.1.4.1.2.2.3"
	worklistFind    = "1.2.840.10008.5.1.4.31"
	mppsClass       = "1.2.840.10008.3.1.2.3.3"
	commitment      = "1.2.840.10008.1.20.1"
)

func be16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func le16(n int) []byte { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }
func le32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func pduOf(kind byte, body ...[]byte) []byte {
	b := cat(body...)
	return cat([]byte{kind, 0}, be32(len(b)), b)
}

func itemOf(kind byte, body ...[]byte) []byte {
	b := cat(body...)
	return cat([]byte{kind, 0}, be16(len(b)), b)
}

func title(s string) []byte { return []byte((s + "                ")[:16]) }

// offer is a presentation context offered or, with result, answered.
type offer struct {
	id       byte
	abstract string
	transfer []string
	result   byte
}

func assocPDU(kind byte, called, calling string, items ...[]byte) []byte {
	return pduOf(kind, be16(1), be16(0), title(called), title(calling), make([]byte, 32),
		itemOf(0x10, []byte("1.2.840.10008.3.1.1.1")), cat(items...))
}

func userInfo(maxPDU int, impl, version string, more ...[]byte) []byte {
	return itemOf(0x50, itemOf(0x51, be32(maxPDU)), itemOf(0x52, []byte(impl)),
		cat(more...), itemOf(0x55, []byte(version)))
}

func request(calling, called string, offers []offer, more ...[]byte) []byte {
	var items []byte
	for _, o := range offers {
		body := cat([]byte{o.id, 0, 0, 0}, itemOf(0x30, []byte(o.abstract)))
		for _, t := range o.transfer {
			body = append(body, itemOf(0x40, []byte(t))...)
		}
		items = append(items, itemOf(0x20, body)...)
	}
	return assocPDU(1, called, calling, items, userInfo(16384, "1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367", more...))
}

func accept(calling, called string, offers []offer, more ...[]byte) []byte {
	var items []byte
	for _, o := range offers {
		items = append(items, itemOf(0x21, []byte{o.id, 0, o.result, 0}, itemOf(0x40, []byte(o.transfer[0])))...)
	}
	return assocPDU(2, called, calling, items, userInfo(131072, "1.2.40.0.13.1.3", "dcm4che-5.31", more...))
}

func pdvOf(ctx, control byte, body []byte) []byte {
	return cat(be32(len(body)+2), []byte{ctx, control}, body)
}

func dataPDU(pdvs ...[]byte) []byte { return pduOf(4, pdvs...) }

func releaseRQ() []byte { return pduOf(5, make([]byte, 4)) }
func releaseRP() []byte { return pduOf(6, make([]byte, 4)) }
func abortPDU(source, reason byte) []byte {
	return pduOf(7, []byte{0, 0, source, reason})
}

// el is a data element for the encoders below. With items it is a sequence.
type el struct {
	tag   uint32
	vr    string
	value string
	items [][]el
	// undef writes the sequence and its items with undefined length.
	undef bool
}

func pad(v string, vr string) string {
	if len(v)%2 == 0 {
		return v
	}
	if vr == "UI" || vr == "OB" {
		return v + "\x00"
	}
	return v + " "
}

// encode writes elements in one of the three plain syntaxes.
func encode(syntax string, els ...el) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if syntax == explicitBE {
		order = binary.BigEndian
	}
	head := func(out []byte, tag uint32, n uint32, vr string) []byte {
		out = order.AppendUint16(out, uint16(tag>>16))
		out = order.AppendUint16(out, uint16(tag))
		switch {
		case syntax == implicitLE || vr == "":
			return order.AppendUint32(out, n)
		case vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN" || vr == "UT" || vr == "OF" || vr == "UC":
			out = append(out, vr...)
			return order.AppendUint32(append(out, 0, 0), n)
		}
		out = append(out, vr...)
		return order.AppendUint16(out, uint16(n))
	}
	var out []byte
	for _, e := range els {
		if e.vr != "SQ" {
			v := pad(e.value, e.vr)
			out = append(head(out, e.tag, uint32(len(v)), e.vr), v...)
			continue
		}
		var body []byte
		for _, it := range e.items {
			inner := encode(syntax, it...)
			if e.undef {
				body = append(head(body, 0xfffee000, 0xffffffff, ""), inner...)
				body = head(body, 0xfffee00d, 0, "")
			} else {
				body = append(head(body, 0xfffee000, uint32(len(inner)), ""), inner...)
			}
		}
		if e.undef {
			out = append(head(out, e.tag, 0xffffffff, "SQ"), body...)
			out = head(out, 0xfffee0dd, 0, "")
		} else {
			out = append(head(out, e.tag, uint32(len(body)), "SQ"), body...)
		}
	}
	return out
}

// cmdEl is an element of a command set: a number or a text.
func cmdUS(e uint32, n int) el    { return el{tag: e, value: string(le16(n))} }
func cmdUI(e uint32, s string) el { return el{tag: e, vr: "UI", value: s} }
func cmdAE(e uint32, s string) el { return el{tag: e, vr: "AE", value: s} }

// commandSet writes a command set with its group length.
func commandSet(els ...el) []byte {
	body := encode(implicitLE, els...)
	return cat(encode(implicitLE, el{tag: 0, value: string(le32(len(body)))}), body)
}

func dataType(has bool) el {
	if has {
		return cmdUS(0x0800, 1)
	}
	return cmdUS(0x0800, 0x0101)
}

// rq and rsp are commands with the elements all of them have.
func rq(field, id int, class string, data bool, more ...el) []byte {
	return commandSet(append([]el{cmdUI(2, class), cmdUS(0x100, field), cmdUS(0x110, id), dataType(data)}, more...)...)
}

func rsp(field, id int, class string, status int, data bool, more ...el) []byte {
	return commandSet(append([]el{cmdUI(2, class), cmdUS(0x100, field|0x8000), cmdUS(0x120, id), dataType(data), cmdUS(0x900, status)}, more...)...)
}

// send puts a command, and a data set if there is one, into PDUs of at most n
// bytes of fragment.
func send(ctx byte, n int, command, data []byte) []byte {
	var out []byte
	for k, b := range [][]byte{command, data} {
		for b != nil {
			f := b[:min(n, len(b))]
			b = b[len(f):]
			control := byte(1 - k)
			if len(b) == 0 {
				control, b = control|2, nil
			}
			out = append(out, dataPDU(pdvOf(ctx, control, f))...)
		}
	}
	return out
}

func from(d proto.Dir, b ...[]byte) prototest.Segment {
	return prototest.Segment{Dir: d, Data: cat(b...)}
}

func lost(d proto.Dir, n int) prototest.Segment { return prototest.Segment{Dir: d, Lost: n} }

// Invented values that must appear in no record.
const (
	canaryName = "KANARIENVOGEL^ADA"
	canaryID   = "ZZ-CANARY-4711"
	canaryAcc  = "ACC-CANARY-12"
	canaryUID  = "1.2.826.0.1.3680043.2.1143.77001.4711"
	canaryPass = "hunter2-canary"
)

// ctObject is the header of an image with n bytes of pixels.
func ctObject(syntax string, n int) []byte {
	return encode(syntax, ctElements(string(make([]byte, n)))...)
}

func ctElements(pixels string) []el {
	return []el{
		{tag: 0x00080005, vr: "CS", value: "ISO_IR 100"},
		{tag: 0x00080016, vr: "UI", value: ctStorage},
		{tag: 0x00080018, vr: "UI", value: canaryUID + ".3"},
		{tag: 0x00080020, vr: "DA", value: "20260102"},
		{tag: 0x00080050, vr: "SH", value: canaryAcc},
		{tag: 0x00080060, vr: "CS", value: "CT"},
		{tag: 0x00080070, vr: "LO", value: "Sietec"},
		{tag: 0x00080080, vr: "LO", value: "Klinikum M\xfcnster"},
		{tag: 0x00081010, vr: "SH", value: "CT-01"},
		{tag: 0x00081040, vr: "LO", value: "Radiologie"},
		{tag: 0x00081090, vr: "LO", value: "Somatic 64"},
		{tag: 0x00081140, vr: "SQ", undef: true, items: [][]el{
			{{tag: 0x00081150, vr: "UI", value: ctStorage}, {tag: 0x00100020, vr: "LO", value: "nested"}},
			{},
		}},
		{tag: 0x00090010, vr: "LO", value: "SIETEC CT HEADER"},
		{tag: 0x00091010, vr: "UN", value: "private"},
		{tag: 0x00100010, vr: "PN", value: canaryName},
		{tag: 0x00100020, vr: "LO", value: canaryID},
		{tag: 0x00100021, vr: "LO", value: "ISSUER"},
		{tag: 0x00181000, vr: "LO", value: "SN12345"},
		{tag: 0x00181002, vr: "UI", value: "1.2.3.4"},
		{tag: 0x0018100a, vr: "SQ", items: [][]el{{{tag: 0x00181009, vr: "UT", value: "(01)00643169001763"}}}},
		{tag: 0x00181020, vr: "LO", value: "VB42A\\VB42A-SP1"},
		{tag: 0x0020000d, vr: "UI", value: canaryUID + ".1"},
		{tag: 0x0020000e, vr: "UI", value: canaryUID + ".2"},
		{tag: 0x00280010, vr: "US", value: "\x00\x02"},
		{tag: 0x00290010, vr: "LO", value: "SIETEC CSA HEADER"},
		{tag: 0x00291010, vr: "OB", value: string(make([]byte, 3000))},
		{tag: 0x20010010, vr: "LO", value: "Filips Imaging 001"},
		{tag: 0x7fe00010, vr: "OW", value: pixels},
	}
}
