package hl7

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// row is a conversation and what of its records and weirds counts, written by
// brief.
type row struct {
	name string
	segs []prototest.Segment
	want string
}

// brief writes the fields that the rows of the table are about.
func brief(f *prototest.Flow) string {
	var lines []string
	for _, m := range messages(f) {
		var b strings.Builder
		fmt.Fprintf(&b, "%s^%s#%s %s>%s", m.Type, m.Event, m.ControlID, m.SendingApp, m.ReceivingApp)
		put := func(k, v string) {
			if v != "" {
				fmt.Fprintf(&b, " %s=%s", k, v)
			}
		}
		put("seg", strings.Join(m.Segments, ","))
		put("pat", strings.TrimPrefix(m.Patient, "patient:"))
		put("more", strings.Join(m.MorePatients, ","))
		put("acc", strings.TrimPrefix(m.Accession, "accession:"))
		put("loc", m.Location)
		put("cs", strings.Join(m.Charset, ","))
		put("eq", strings.Join(m.Equipment, ","))
		put("sec", strings.Join(m.Orders, ","))
		put("ack", m.AckCode)
		put("of", m.Acknowledges)
		for k, v := range map[string]bool{"batch": m.Batch} {
			if v {
				put(k, "1")
			}
		}
		if m.HasConsent {
			put("consent", "1")
		}
		if m.Unasked {
			put("unasked", "1")
		}
		if m.Partial {
			put("partial", "1")
		}
		if !m.MLLP {
			put("raw", "1")
		}
		lines = append(lines, b.String())
	}
	if len(f.Weirds) > 0 {
		lines = append(lines, "weird "+strings.Join(f.Weirds, ","))
	}
	if len(f.Blinds) > 0 {
		lines = append(lines, "blind "+strings.Join(f.Blinds, ","))
	}
	return strings.Join(lines, "\n")
}

func id(kind, v string) string {
	return strings.TrimPrefix(hash(kind, v), kind+":")
}

const orm = `MSH|^~\&|HIS|H|RIS|R|2024||ORM^O01|7|P|2.3`

func rows() []row {
	return slices.Concat(framingRows(), delimiterRows(), ackRows(), patientRows(), brokenRows())
}

func framingRows() []row {
	const evn = "EVN|A01|2024"
	one := "ADT^A01#42 RIS>PACS seg=MSH,EVN"
	two := "ORM^O01#7 HIS>RIS seg=MSH"
	return []row{
		{"plain", []prototest.Segment{orig(frame(msh, evn))}, one},
		{"no carriage return after the block", []prototest.Segment{orig("\x0b" + msh + "\r" + evn + "\r\x1c\x0b" + orm + "\r\x1c")}, one + "\n" + two},
		{"no carriage return before the block end", []prototest.Segment{orig("\x0b" + msh + "\r" + evn + "\x1c\r")}, one},
		{"no start block", []prototest.Segment{orig(msh + "\r" + evn + "\r\x1c\r")}, one + "\nweird missing_start_block"},
		{"no end block", []prototest.Segment{orig("\x0b" + msh + "\r" + evn + "\r" + frame(orm))}, one + "\n" + two + "\nweird missing_end_block"},
		{"raw, no frame at all", []prototest.Segment{orig(msh + "\r" + evn + "\r" + orm + "\r")}, one + " raw=1\n" + two + " raw=1"},
		{"raw, last segment open", []prototest.Segment{orig(orm)}, two + " partial=1 raw=1"},
		{"left-over framing first", []prototest.Segment{orig("\x1c\r\r\n" + frame(orm))}, two},
		{"byte order mark", []prototest.Segment{orig("\x0b\xef\xbb\xbf" + orm + "\r\x1c\r")}, two},
		{"line feeds", []prototest.Segment{orig("\x0b" + msh + "\n" + evn + "\n\x1c\r")}, one},
		{"carriage return and line feed", []prototest.Segment{orig("\x0b" + msh + "\r\n" + evn + "\r\n\x1c\r\n")}, one},
		{"line feed in a text is no segment end", []prototest.Segment{orig(frame(orm, "OBX|1|TX|a||one\ntwo\n\n\nPI\nfour|||||||||||||PUMP"))},
			"ORM^O01#7 HIS>RIS seg=MSH,OBX eq=PUMP"},
		{"vertical tab in a text is no block", []prototest.Segment{orig(frame(orm, "OBX|1|TX|a||one\x0btwo\x0bMSH!|||||||||||||PUMP"))},
			"ORM^O01#7 HIS>RIS seg=MSH,OBX eq=PUMP"},
		{"two messages in a frame", []prototest.Segment{orig(frame(msh, evn, orm))}, one + "\n" + two},
		{"batch in one frame", []prototest.Segment{orig(frame(`FHS|^~\&|HIS`, `BHS|^~\&|HIS`, msh, evn, orm, "BTS|2", "FTS|1") + frame(orm))},
			one + " batch=1\n" + two + " batch=1\n" + two},
		{"batch without trailer ends with its frame", []prototest.Segment{orig(frame(`BHS|^~\&|HIS`, orm) + frame(orm))}, two + " batch=1\n" + two},
		{"batch over frames", []prototest.Segment{orig(frame(`BHS|^~\&|HIS`) + frame(orm) + frame(orm) + frame("BTS|2") + frame(orm))},
			two + " batch=1\n" + two + " batch=1\n" + two},
		{"raw batch", []prototest.Segment{orig("BHS|^~\\&|HIS\r" + orm + "\rBTS|1\r" + orm + "\r")}, two + " batch=1 raw=1\n" + two + " raw=1"},
		{"utf-16 with mark", []prototest.Segment{orig("\x0b\xff\xfeM\x00S\x00H\x00|\x00\x1c\x00\r\x00" + frame(orm))}, two + "\nblind utf-16"},
		{"utf-16 without mark", []prototest.Segment{orig("\x0bM\x00S\x00H\x00|\x00\x1c\x00" + frame(orm))}, two + "\nblind utf-16"},
		{"utf-16 big-endian", []prototest.Segment{orig("\x0b\x00M\x00S\x00H\x00|\x00\x1c" + frame(orm))}, two + "\nblind utf-16"},
		{"picked up in the middle", []prototest.Segment{orig("ell^x|||F\rNTE|1||y\r\x1c\r" + frame(orm))}, two + "\nweird stray_bytes"},
	}
}

func delimiterRows() []row {
	return []row{
		{"other delimiters", []prototest.Segment{orig(frame(`MSH$*%?@$RIS*x$F$PACS$G$2024$$ADT*A01$42$P$2.5`,
			`PV1$1$I$a@b*c?F?d**%second`, `OBX$1$TX$a$$t$$$$$$$$$$$$$U*V%W`))},
			"ADT^A01#42 RIS>PACS seg=MSH,PV1,OBX loc=a&b^c$d eq=U^V,W"},
		{"five encoding characters", []prototest.Segment{orig(frame(`MSH|^~\&#|R\P\S|F|B|G|2024||ADT^A01|42|P|2.7`))}, "ADT^A01#42 R#S>B seg=MSH"},
		{"only the component separator", []prototest.Segment{orig(frame(`MSH|^|A\T\|F|B|G|2024||ADT^A01|42|P|2.1`))}, `ADT^A01#42 A\T\>B seg=MSH`},
		{"no encoding characters", []prototest.Segment{orig(frame(`MSH||A|F|B|G|2024||ADT^A01|42|P|2.1`))}, "ADT^A01#42 A>B seg=MSH\nweird bad_delimiters"},
		{"twice the same", []prototest.Segment{orig(frame(`MSH|^^\&|A|F|B|G|2024||ADT^A01|42|P|2.1`))}, "ADT^A01#42 A>B seg=MSH\nweird bad_delimiters"},
		{"header without delimiters is none", []prototest.Segment{orig(frame(`MSH|a b|A|F`))}, "weird bad_delimiters,stray_bytes"},
		{"escapes", []prototest.Segment{orig(frame(`MSH|^~\&|\F\\S\\T\\R\\E\\X414220\\.br\\H\N\N\\Q\x|F|\X4\|G|2024||ADT^A01|a\T\b|P|2.1`))},
			`ADT^A01#a&b |^&~\AB N\Q\x>\X4\ seg=MSH`},
		{"universal id when there is no name", []prototest.Segment{orig(frame(`MSH|^~\&|^1.2.3^ISO|F| ^4.5|G|2024||ADT^A01|42|P|2.5`))}, "ADT^A01#42 1.2.3>4.5 seg=MSH"},
		{"event from EVN", []prototest.Segment{orig(frame(`MSH|^~\&|A|F|B|G|2024||ADT|42|P|2.1`, "EVN|A08"))}, "ADT^A08#42 A>B seg=MSH,EVN"},
		{"latin 1", []prototest.Segment{orig(frame("MSH|^~\\&|R\xf6|F|B|G|2024||ADT^A01|42|P|2.5||||||8859/1"))}, "ADT^A01#42 Rö>B seg=MSH cs=8859/1"},
		{"cyrillic", []prototest.Segment{orig(frame("MSH|^~\\&|\xc0\xd1|F|B|G|2024||ADT^A01|42|P|2.5||||||8859/5"))}, "ADT^A01#42 Рб>B seg=MSH cs=8859/5"},
		{"utf-8", []prototest.Segment{orig(frame("MSH|^~\\&|日本|F|B|G|2024||ADT^A01|42|P|2.5||||||UNICODE UTF-8"))}, "ADT^A01#42 日本>B seg=MSH cs=UNICODE UTF-8"},
		{"utf-8 undeclared", []prototest.Segment{orig(frame("MSH|^~\\&|Zoë|F|B|G|2024||ADT^A01|42|P|2.5"))}, "ADT^A01#42 Zoë>B seg=MSH"},
		{"latin 1 undeclared", []prototest.Segment{orig(frame("MSH|^~\\&|Zo\xeb|F|B|G|2024||ADT^A01|42|P|2.5"))}, "ADT^A01#42 Zoë>B seg=MSH"},
		{"japanese with escapes", []prototest.Segment{orig(frame("MSH|^~\\&|\x1b$BF|K\\\x1b(B|F|B|G|2024||ADT^A01|42|P|2.5||||||ISO IR87"))},
			"ADT^A01#42 日本>B seg=MSH cs=ISO IR87"},
		{"separators inside japanese characters", []prototest.Segment{orig(frame("MSH|^~\\&|A|F|B|G|2024||ADT^A01|42|P|2.5||||||~ISO IR87",
			"OBX|1|TX|a||\x1b$BF|K|\x1b(B|||||||||||||PUMP", "PV1|1|I|\x1b$BF^\x1b(B^K"))}, "ADT^A01#42 A>B seg=MSH,OBX,PV1 loc=曇^K cs=ISO IR87 eq=PUMP"},
		{"unknown set", []prototest.Segment{orig(frame("MSH|^~\\&|A|F|B|G|2024||ADT^A01|42|P|2.5||||||KLINGON"))}, "ADT^A01#42 A>B seg=MSH cs=other\nweird unknown_character_set"},
	}
}

func ackRows() []row {
	adt := "ADT^A01#42 RIS>PACS seg=MSH"
	enhanced := strings.Replace(frame(msh+"|||AL|AL"), "|42|", "|43|", 1)
	app := frame(`MSH|^~\&|PACS|ARC|RIS|RAD|2024||ACK^A01|A9|P|2.5|||AL|NE`, "MSA|AE|43")
	return []row{
		{"acknowledged", []prototest.Segment{orig(frame(msh)), resp(ack("AA", "42"))}, adt + " ack=AA"},
		{"the server speaks", []prototest.Segment{resp(frame(msh)), orig(ack("AR", "42"))}, adt + " ack=AR"},
		{"unknown code", []prototest.Segment{orig(frame(msh)), resp(ack("OK", "42"))}, adt + " ack=other"},
		{"pipelined, answered out of order", []prototest.Segment{orig(frame(orm) + frame(msh)), resp(ack("AA", "42") + ack("AE", "7"))},
			adt + " ack=AA\nORM^O01#7 HIS>RIS seg=MSH ack=AE"},
		{"never acknowledged", []prototest.Segment{orig(frame(msh) + frame(orm))}, adt + "\nORM^O01#7 HIS>RIS seg=MSH"},
		{"both ways at once", []prototest.Segment{orig(frame(msh)), resp(frame(orm) + ack("AA", "42")), orig(ack("AA", "7"))},
			adt + " ack=AA\nORM^O01#7 HIS>RIS seg=MSH ack=AA"},
		{"unasked", []prototest.Segment{resp(ack("AA", "1"))}, "ACK^A01#91 PACS>RIS seg=MSH,MSA ack=AA of=1 unasked=1"},
		{"acknowledged before it was seen", []prototest.Segment{resp(ack("AA", "42")), orig(frame(msh))}, adt + " ack=AA"},
		{"acknowledged in raw", []prototest.Segment{orig(msh + "\r"), resp("MSH|^~\\&|PACS||RIS||2024||ACK|1|P|2.3\rMSA|AA|42")}, adt + " ack=AA raw=1"},
		{"acknowledgement without a control id", []prototest.Segment{orig(frame(msh)), resp(ack("AA", ""))}, adt + " ack=AA"},
		{"accepted, then processed", []prototest.Segment{orig(enhanced), resp(ack("CA", "43")), resp(app), orig(ack("CA", "A9"))},
			"ADT^A01#43 RIS>PACS seg=MSH ack=AE"},
		{"accept is the last word", []prototest.Segment{orig(strings.Replace(enhanced, "AL|AL", "AL|NE", 1)), resp(ack("CA", "43"))},
			"ADT^A01#43 RIS>PACS seg=MSH ack=CA"},
		{"response with content", []prototest.Segment{orig(frame(`MSH|^~\&|A|F|B|G|2024||QBP^Q22|8|P|2.5`, "QPD|x")),
			resp(frame(`MSH|^~\&|B|G|A|F|2024||RSP^K22|9|P|2.5`, "MSA|AA|8", "PID|1||P1", "PID|2||P2", "PID|3||P1"))},
			"QBP^Q22#8 A>B seg=MSH,QPD ack=AA\nRSP^K22#9 B>A seg=MSH,MSA,PID pat=" + id("patient", "P1") + " more=" + hash("patient", "P2") + " of=8"},
	}
}

func patientRows() []row {
	with := func(lines ...string) []prototest.Segment {
		return []prototest.Segment{orig(frame(append([]string{orm}, lines...)...))}
	}
	const pid = "ORM^O01#7 HIS>RIS seg=MSH,PID"
	pat := func(v string) string { return pid + " pat=" + id("patient", v) }
	return []row{
		{"first repetition", with("PID|1|old|111^^^A~222^^^B"), pat("111")},
		{"trimmed", with("PID|1|| \x00111 \x00 ^^^A"), pat("111")},
		{"spaces inside stay", with("PID|1|| 1 1 ^^^A"), pat("1 1")},
		{"zeros stay", with("PID|1||00111"), pat("00111")},
		{"old field when the list is empty", with("PID|1|222^x|^^^A"), pat("222")},
		{"null is no identifier", with(`PID|1|222|""`), pat("222")},
		{"escaped", with(`PID|1||1\T\2`), pat("1&2")},
		{"none", with("PID|1||"), pid},
		{"longer than the bound", with("PID|1||" + strings.Repeat("1", 2*maxField) + "|x"), pid + "\nweird field_too_long"},
		{"bound reached behind the identifier", with("PID|1||1^" + strings.Repeat("x", 2*maxField) + "|x"), pat("1") + "\nweird field_too_long"},
		{"order of OBR", with("ORC|NW|1|2", "OBR|1|1|3^x"), "ORM^O01#7 HIS>RIS seg=MSH,ORC,OBR acc=" + id("accession", "3")},
		{"order of ORC", with("ORC|NW|1|2", "OBR|1|1|"), "ORM^O01#7 HIS>RIS seg=MSH,ORC,OBR acc=" + id("accession", "2")},
		{"location without its description", with("PV1|1|I|1^2^3^4^5^6^7^8^1 MAIN ST^x"), "ORM^O01#7 HIS>RIS seg=MSH,PV1 loc=1^2^3^4^5^6^7^8"},
		{"location of eight", with("PV1|1|I|1^2^3^4^5^6^7^8"), "ORM^O01#7 HIS>RIS seg=MSH,PV1 loc=1^2^3^4^5^6^7^8"},
		{"location ends with its line", with("PV1|1|I|W^2\nmore"), "ORM^O01#7 HIS>RIS seg=MSH,PV1 loc=W^2"},
		{"consent word", with("TXA|1|CONSENT"), "ORM^O01#7 HIS>RIS seg=MSH,TXA consent=1"},
		{"consent in text", with("TXA|1|17^Einwilligung CT"), "ORM^O01#7 HIS>RIS seg=MSH,TXA consent=1"},
		{"no consent", with("TXA|1|CN^Consultation"), "ORM^O01#7 HIS>RIS seg=MSH,TXA"},
		{"consent in an observation of a document", with("TXA|1|CN", "OBX|1|TX|9^Consent to contrast||signed"), "ORM^O01#7 HIS>RIS seg=MSH,TXA,OBX consent=1"},
		{"consent in an observation alone", with("OBX|1|TX|9^Consent to contrast||signed"), "ORM^O01#7 HIS>RIS seg=MSH,OBX"},
		{"consent segment", with("CON|1"), "ORM^O01#7 HIS>RIS seg=MSH,CON consent=1"},
	}
}

func brokenRows() []row {
	const start = "ORM^O01#7 HIS>RIS seg=MSH"
	return []row{
		{"gap in a message", []prototest.Segment{orig("\x0b" + msh + "\rPID|1||4"), lost(proto.Orig, 10), orig("56||DOE\rPV1|1|I|X\r\x1c\r" + frame(orm))},
			"ADT^A01#42 RIS>PACS seg=MSH,PID partial=1\n" + start + "\nweird gap_in_message"},
		{"gap, then a bare header", []prototest.Segment{orig("\x0b" + msh + "\r"), lost(proto.Orig, 10), orig(orm + "\r\x1c\r")},
			"ADT^A01#42 RIS>PACS seg=MSH partial=1\n" + start + "\nweird gap_in_message,missing_start_block"},
		{"gap between messages", []prototest.Segment{orig(frame(msh)), lost(proto.Orig, 10), orig(frame(orm))}, "ADT^A01#42 RIS>PACS seg=MSH\n" + start},
		{"cut in a message", []prototest.Segment{orig("\x0b" + orm + "\rPID|1||45")}, start + ",PID partial=1\nweird cut_message"},
		{"cut in a raw identifier", []prototest.Segment{orig(orm + "\rPID|1||45")}, start + ",PID partial=1 raw=1"},
		{"lines that are no segments", []prototest.Segment{orig(frame(orm, "DOE|1", "jane", "X", "PV1|1|I|W"))}, start + ",PV1 loc=W\nweird bad_segment"},
		{"segment end lost before PID", []prototest.Segment{orig(frame(orm, "PV1|1PID|1|SECRET|SECRET"))}, start + ",PV1\nweird missing_segment_end"},
		{"codes that are text", []prototest.Segment{orig(frame(`MSH|^~\&|A|F|B|G|DOE JANE||DOE JANE^X Y|1|P Q|2 3`, "EVN|J D"))},
			"^#1 A>B seg=MSH,EVN\nweird bad_value,bad_header"},
		{"segments without fields", []prototest.Segment{orig(frame(orm, "DSC", "PV1|1|I|W", "NTE"))}, start + ",DSC,PV1,NTE loc=W"},
		{"not hl7", []prototest.Segment{orig(strings.Repeat("x", maxStray+1))}, "weird stray_bytes,error:no_message"},
		{"a waiting message outlives the error", []prototest.Segment{orig(frame(orm) + strings.Repeat("x", maxStray+1))}, start + "\nweird stray_bytes,error:no_message"},
	}
}

func TestRows(t *testing.T) {
	for _, r := range rows() {
		if got := brief(prototest.Feed(&Spec, r.segs)); got != r.want {
			t.Errorf("%s:\n got %q\nwant %q", r.name, got, r.want)
		}
	}
}

// TestCutInvariance feeds every row whole, byte by byte and in 50 random cuts.
func TestCutInvariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, r := range rows() {
		want := said(prototest.Feed(&Spec, r.segs))
		cuts := [][]int{{1}, {2}, {3}}
		for range 50 {
			sizes := make([]int, 7)
			for i := range sizes {
				sizes[i] = 1 + rng.IntN(40)
			}
			cuts = append(cuts, sizes)
		}
		for _, sizes := range cuts {
			if got := said(prototest.Feed(&Spec, prototest.Recut(r.segs, sizes))); got != want {
				t.Fatalf("%s, cut at %v:\n got %s\nwant %s", r.name, sizes, got, want)
			}
		}
	}
}
