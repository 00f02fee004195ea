package dicomweb

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

const (
	explicitLE = "1.2.840.10008.1.2.1"
	deflatedLE = "1.2.840.10008.1.2.1.99"
	jpegLS     = "1.2.840.10008.1.2.4.80"
	ctStorage  = "1.2.840.10008.5.1.4.1.1.2"
	uid        = "1.3.12.2.1107.5.1.4.4711"
	canaryID   = "PID4711KANARI"
	canaryName = "KANARIENVOGEL^ADA"
	canaryAcc  = "ACC4711KANARI"
	canaryUID  = "1.2.276.4711.99"
)

// short is an element with a length of two bytes (PS3.5 7.1.2).
func short(tag uint32, vr, v string) string {
	if len(v)%2 != 0 {
		v += " "
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
	b = binary.LittleEndian.AppendUint16(b, uint16(tag))
	b = append(b, vr...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v)))
	return string(b) + v
}

// object is a data set of a CT with pixels.
func object() string {
	pixels := strings.Repeat("\r\n--X", 400)
	return short(0x00080005, "CS", "ISO_IR 100") + short(0x00080016, "UI", ctStorage) + short(0x00080018, "UI", uid) +
		short(0x00080050, "SH", canaryAcc) + short(0x00080060, "CS", "CT") + short(0x00080070, "LO", "SIEMENS") +
		short(0x00080080, "LO", "Klinik") + short(0x00081010, "SH", "CT01") + short(0x00081090, "LO", "Force") +
		short(0x00100010, "PN", canaryName) + short(0x00100020, "LO", canaryID) + short(0x00181000, "LO", "S123") +
		short(0x0020000d, "UI", canaryUID) + short(0x0020000e, "UI", canaryUID+".1") +
		"\xe0\x7f\x10\x00OW\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(pixels)))) + pixels
}

// part10 is a file with that preamble.
func part10(preamble, syntax, data string) string {
	meta := short(0x00020002, "UI", ctStorage) + short(0x00020003, "UI", uid) + short(0x00020010, "UI", syntax) +
		short(0x00020012, "UI", "1.2.276.0.7230010.3.0.3.6.7") + short(0x00020013, "SH", "OFFIS_DCMTK_367") + short(0x00020016, "AE", "CT01AE")
	group := short(0x00020000, "UL", string(binary.LittleEndian.AppendUint32(nil, uint32(len(meta)))))
	return preamble + strings.Repeat("\x00", 128-len(preamble)) + "DICM" + group + meta + data
}

func ctFile() string { return part10("", explicitLE, object()) }

// related is multipart content with parts of a type, and its Content-Type.
func related(typ string, parts ...string) (content, contentType string) {
	for _, p := range parts {
		content += "--XyZ\r\nContent-Type: " + typ + "\r\n\r\n" + p + "\r\n"
	}
	return content + "--XyZ--\r\n", fmt.Sprintf(`multipart/related; type="%s"; boundary=XyZ`, typ)
}

// request and answer are the two messages of an exchange.
func request(seq int, method, target, typ, body string, fields ...string) prototest.Message {
	m := prototest.Message{Body: body, Fields: map[string]string{"user-agent": "viewer/1.0"}}
	for i := 0; i+1 < len(fields); i += 2 {
		m.Fields[fields[i]] = fields[i+1]
	}
	m.Entity = proto.Entity{Dir: proto.Orig, Seq: seq, Method: method, Target: target, Type: typ}
	return m
}

func answer(to prototest.Message, status int, typ, body string) prototest.Message {
	e := to.Entity
	e.Dir, e.Response, e.Status, e.Type = proto.Resp, true, status, typ
	return prototest.Message{Entity: e, Body: body, Fields: map[string]string{"server": "archive/2.0"}}
}

// pseudo is the hash that the tests' flow makes.
func pseudo(kind, v string) string { return prototest.NewFlow().Pseudonym(kind, []byte(v)) }

func exchangeOf(method, target, accept, reqType, reqBody string, status int, typ, body string) []prototest.Message {
	q := request(1, method, target, reqType, reqBody, "accept", accept)
	return []prototest.Message{q, answer(q, status, typ, body)}
}

// conversations are one of each kind.
func conversations() map[string][]prototest.Message {
	stow, stowType := related("application/dicom", ctFile(), part10("MZ\x90\x00", jpegLS, object()))
	wado, wadoType := related("application/dicom; transfer-syntax="+explicitLE, ctFile())
	jpeg, jpegType := related("image/jpeg", "\xff\xd8\xff\xe0 pixels")
	const stowed = `{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["` + canaryUID + `"]}},{}]},"00081198":{"vr":"SQ","Value":[{}]}}`
	const found = `[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"` + canaryName + `"}]}},{"00100020":{"vr":"LO","Value":["` + canaryID + `"]}}]`
	return map[string][]prototest.Message{
		"qido":          exchangeOf("GET", "/dicom-web/studies?PatientName=KANARI*&00100020="+canaryID+"&limit=10&offset=5&StudyDate=20240101&Muster=1&includefield=all", "application/dicom+json", "", "", 200, "application/dicom+json", found),
		"qido as json":  exchangeOf("GET", "/rs/series?PatientID="+canaryID, "*/*", "", "", 200, "application/json", found),
		"wado":          exchangeOf("GET", "/dicom-web/studies/"+canaryUID+"/series/"+canaryUID+".1", `multipart/related; type="application/dicom"`, "", "", 200, wadoType, wado),
		"frames":        exchangeOf("GET", "/studies/1.2.3/series/1.2.4/instances/1.2.5/frames/1,2", "multipart/related; type=image/jpeg", "", "", 200, jpegType, jpeg),
		"metadata":      exchangeOf("GET", "/studies/1.2.3/metadata", "application/dicom+json", "", "", 200, "application/dicom+json", found),
		"wado-uri":      exchangeOf("GET", "/wado?requestType=WADO&studyUID=1.2.3&seriesUID=1.2.4&objectUID="+canaryUID+"&contentType=application%2Fdicom", "*/*", "", "", 200, "application/dicom", ctFile()),
		"stow":          exchangeOf("POST", "/dicom-web/studies", "application/dicom+json", stowType, stow, 200, "application/dicom+json", stowed),
		"delete":        exchangeOf("DELETE", "/dicom-web/studies/1.2.3", "", "", "", 204, "", ""),
		"workitem":      exchangeOf("POST", "/workitems?1.2.3", "application/dicom+json", "application/dicom+json", "{}", 201, "", ""),
		"plain upload":  exchangeOf("POST", "/instances", "", "application/x-www-form-urlencoded", ctFile(), 200, "application/json", `{"ID":"x"}`),
		"octets":        exchangeOf("GET", "/file.bin", "", "", "", 200, "application/octet-stream", part10("#!/bin/sh\n", explicitLE, object())),
		"not answered":  {request(1, "GET", "/studies/1.2.3", "", "")},
		"no DICOM":      exchangeOf("GET", "/studies", "text/html", "", "", 200, "application/json", `[{"title":"a study"}]`),
		"other studies": exchangeOf("GET", "/api/studies/4/series", "application/json", "", "", 200, "application/json", `[]`),
	}
}

func TestTransactions(t *testing.T) {
	said := conversations()
	for name, want := range map[string]string{
		"qido":         `dicomweb {"is_orig":true,"service":"qido","level":"studies","method":"GET","status_code":200,"query_keys":["PatientID","PatientName","StudyDate","other"],"query_wildcard":true,"query_includes":true,"limit":10,"offset":5,"accept":["application/dicom+json"],"response_type":"application/dicom+json","results":2,"patient":"` + pseudo("patient", canaryID) + `"`,
		"qido as json": `dicomweb {"is_orig":true,"service":"qido","level":"series","status_code":200,"query_keys":["PatientID"],"results":2`,
		"wado":         `dicomweb {"service":"wado-rs","level":"series","parts":1,"parts_complete":true,"objects":1,"sop_classes":["` + ctStorage + `"],"study":"` + pseudo("study", canaryUID) + `","series":"` + pseudo("series", canaryUID+".1") + `"`,
		"frames":       `dicomweb {"service":"wado-rs","level":"frames","response_type":"multipart/related; type=image/jpeg","parts":1`,
		"metadata":     `dicomweb {"service":"wado-rs","level":"metadata","results":2`,
		"wado-uri":     `dicomweb {"service":"wado-uri","level":"instances","objects":1,"sop_instance":"` + pseudo("instance", canaryUID) + `"`,
		"stow":         `dicomweb {"service":"stow","level":"studies","method":"POST","parts":2,"parts_complete":true,"objects":2,"stored":2,"failed":1`,
		"delete":       `dicomweb {"service":"delete","level":"studies","status_code":204`,
		"workitem":     `dicomweb {"service":"ups","level":"workitems","status_code":201`,
		"not answered": `dicomweb {"service":"wado-rs","level":"studies"`,
		"plain upload": ``,
		"octets":       ``,
		"no DICOM":     ``, "other studies": ``,
	} {
		got := prototest.Carry(&Spec, said[name], 1<<20)
		holds(t, name, got, "dicomweb", want)
		if len(got.Weirds) > 0 {
			t.Errorf("%s: weirds %v", name, got.Weirds)
		}
	}
}

// holds checks that the one record of a log has every field of want, which names the
// log and then some of its fields; empty if there must be none.
func holds(t *testing.T, name string, f *prototest.Flow, log, want string) {
	t.Helper()
	var lines []string
	for l := range strings.Lines(f.JSON()) {
		if strings.HasPrefix(l, log+" ") {
			lines = append(lines, l)
		}
	}
	if want == "" && len(lines) == 0 {
		return
	}
	if want == "" || len(lines) != 1 {
		t.Errorf("%s: %d records of %s: %q", name, len(lines), log, lines)
		return
	}
	want = strings.TrimPrefix(want, log+" {")
	for _, field := range split(want) {
		if !strings.Contains(lines[0], field) {
			t.Errorf("%s: %s is not in %s", name, field, lines[0])
		}
	}
}

// split parts the fields of want at commas that a name follows.
func split(want string) []string {
	var out []string
	for _, p := range strings.Split(want, `,"`) {
		if len(out) > 0 && !strings.Contains(p, `":`) {
			out[len(out)-1] += `,"` + p
			continue
		}
		out = append(out, strings.TrimPrefix(`"`+strings.TrimPrefix(p, `"`), ""))
	}
	return out
}

func TestFiles(t *testing.T) {
	said := conversations()
	common := `"transfer_syntax":"` + explicitLE + `","sop_class":"` + ctStorage + `","sop_class_name":"CT Image Storage","whole":true,"modality":"CT","manufacturer":"SIEMENS","model":"Force","station_name":"CT01","device_serial":"S123","institution":"Klinik","implementation_uid":"1.2.276.0.7230010.3.0.3.6.7","implementation_version":"OFFIS_DCMTK_367","source_ae":"CT01AE","patient":"` +
		pseudo("patient", canaryID) + `","study":"` + pseudo("study", canaryUID) + `","series":"` + pseudo("series", canaryUID+".1") + `","accession":"` + pseudo("accession", canaryAcc) + `","sop_instance":"` + pseudo("instance", uid) + `"`
	for name, want := range map[string]string{
		"wado":         `dicom_file {"is_orig":false,"via":"wado","preamble":"zero",` + common,
		"wado-uri":     `dicom_file {"is_orig":false,"via":"wado","preamble":"zero",` + common,
		"plain upload": `dicom_file {"is_orig":true,"via":"http","preamble":"zero",` + common,
		"octets":       `dicom_file {"is_orig":false,"via":"http","preamble":"script",` + common,
		"qido":         ``, "frames": ``,
	} {
		holds(t, name, prototest.Carry(&Spec, said[name], 1<<20), "dicom_file", want)
	}
	f := prototest.Carry(&Spec, said["stow"], 1<<20)
	if a, b := f.Records[0].Body.(*FileRecord), f.Records[1].Body.(*FileRecord); a.Via != "stow" || a.Preamble != "zero" || b.Preamble != "mz" || b.Transfer != jpegLS ||
		a.Bytes != uint64(len(ctFile())) || b.Model != "Force" {
		t.Errorf("stored %+v and %+v", a, b)
	}
}

// An executable in a value is told, whichever way the file was cut.
func TestPrograms(t *testing.T) {
	inert := make([]byte, 300)
	copy(inert, "MZ")
	inert[60] = 128
	copy(inert[128:], "PE\x00\x00")
	file := part10("", explicitLE, short(0x00080060, "CS", "OT")+"\x09\x00\x10\x10OB\x00\x00\x2c\x01\x00\x00"+string(inert))
	for _, cut := range []int{1, 77, 1 << 20} {
		f := prototest.Carry(&Spec, exchangeOf("GET", "/1.dcm", "", "", "", 200, "application/dicom", file), cut)
		if d, ok := f.Records[0].Body.(*FileRecord); !ok || d.Programs != 1 || d.ProgramTag != "(0009,1010)" || d.ProgramVR != "OB" || d.ProgramKind != "pe" {
			t.Errorf("%d bytes at a time: %s", cut, f.JSON())
		}
	}
}

func TestPieces(t *testing.T) { prototest.CarryPieces(t, &Spec, conversations()) }

// TestCanaries looks for invented patient data.
func TestCanaries(t *testing.T) {
	prototest.CarryCanaries(t, &Spec, conversations(), []string{"KANARI", "ADA", "4711KAN", canaryUID, "20240101", "Muster"})
}

// TestFaults names what breaks the standard.
func TestFaults(t *testing.T) {
	stow, stowType := related("application/dicom", ctFile())
	for name, c := range map[string]struct {
		said []prototest.Message
		want []string
	}{
		"no boundary":   {exchangeOf("POST", "/studies", "", `multipart/related; type="application/dicom"`, stow, 200, "", ""), []string{badMultipart}},
		"no end":        {exchangeOf("POST", "/studies", "", stowType, stow[:len(stow)-9], 200, "", ""), []string{multipartCut}},
		"no file":       {exchangeOf("GET", "/x", "", "", "", 200, "application/dicom", strings.Repeat("no file ", 40)), []string{notDICOM}},
		"no json":       {exchangeOf("GET", "/studies", "", "", "", 200, "application/dicom+json", "[{]"), []string{badJSON}},
		"broken object": {exchangeOf("GET", "/x", "", "", "", 200, "application/dicom", part10("", explicitLE, short(0x00080060, "CS", "CT")+"\x08\x00\x70\x00\x01\x02\x02\x00CT")), []string{"bad_vr"}},
	} {
		if f := prototest.Carry(&Spec, c.said, 50); !slices.Equal(f.Weirds, c.want) {
			t.Errorf("%s: weirds %v, want %v", name, f.Weirds, c.want)
		}
	}
}

// TestBounded asks without end and without an answer.
func TestBounded(t *testing.T) {
	prototest.CarryBounded(t, &Spec, request(1, "GET", "/studies/1.2.3", "", ""), 10*maxExchanges, tooManyPending)
}

// FuzzContent holds that any content is taken in any pieces with the same result.
func FuzzContent(f *testing.F) {
	for _, said := range conversations() {
		f.Add(said[0].Method, said[0].Target, said[0].Type, []byte(said[0].Body), said[len(said)-1].Type, []byte(said[len(said)-1].Body), uint16(5))
	}
	f.Fuzz(func(t *testing.T, method, target, typ string, body []byte, answerType string, answered []byte, cut uint16) {
		said := exchangeOf(method, target, "*/*", typ, string(body), 200, answerType, string(answered))
		prototest.CarryFuzz(t, &Spec, said, cut)
	})
}

func TestYield(t *testing.T) { prototest.CarryYield(t, &Spec, conversations()["stow"], 500, 3) }
