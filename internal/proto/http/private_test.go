package http

import (
	"encoding/base64"
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// Wherever an application writes an identifier, it is not kept.
func TestHidden(t *testing.T) {
	words := []string{"47110815", "Roe", "1.2.840.99.1.7.3", "hunter2"}
	for name, target := range map[string]string{
		"key of a viewer":         "/viewer?pid=47110815",
		"name of another viewer":  "/weasis?patientID=47110815",
		"key made up":             "/app?currentPatientKey=Roe",
		"part of a path":          "/image/47110815/preview",
		"part of a path, encoded": "/image/%34%37110815/preview",
		"file of a path":          "/export/47110815.jpg",
		"document":                "/export/Roe_Jane.pdf",
		"export":                  "/out/Roe_Jane_LZ-000201.txt",
		"object":                  "/export/Roe.dcm",
		"name with components":    "/export/Roe^Jane/x",
		"components, encoded":     "/export/Roe%5EJane/x",
		"UID in a path":           "/show/1.2.840.99.1.7.3/x",
		"UID of a value":          "/show?x=1.2.840.99.1.7.3",
		"number of a value":       "/show?id=47110815",
		"several numbers":         "/show?ids=47110815,47110816",
		"number with letters":     "/show/MRN-47110815",
		"number with a part":      "/image/47110815_1.jpg",
		"query without a key":     "/show?47110815",
		"key encoded once":        "/show?Patient%49D=Roe",
		"key encoded twice":       "/show?Patient%2549D=Roe",
		"matrix parameter":        "/show;PatientID=Roe/x",
		"session in the path":     "/show;jsessionid=hunter2?x=1",
		"matrix, encoded":         "/show%3BPatientID%3DRoe/x",
		"fragment":                "/show#PatientID=Roe",
		"fragment of a query":     "/show?x=1#PatientID=Roe",
		"query in a query":        "/login?x=1?PatientID=Roe",
		"query, encoded":          "/show%3FPatientID=Roe",
		"query, encoded twice":    "/show%253FPatientID=Roe",
		"address within":          "/login?goto=%2Fshow%3FPatientID%3DRoe",
		"address encoded twice":   "/login?goto=%252Fshow%253FPatientID%253DRoe",
		"address of a resource":   "/login?goto=https://h/fhir/Patient/Roe",
		"JSON":                    "/api?q=%7B%22PatientID%22:%22Roe%22%7D",
		"XML":                     "/api?q=%3Cid%3ERoe%3C/id%3E",
		"search by tag":           "/x/studies?00100020=Roe,47110815&fuzzymatching=true",
		"account":                 "/login?username=Roe",
		"mail":                    "/login?email=Roe@clinic.example",
		"physician":               "/list?ReferringPhysicianName=Roe",
		"session":                 "/x?sessionid=hunter2",
		"assertion":               "/x?SAMLResponse=hunter2",
		"archive":                 "/pacs/view?q=Roe",
		"record number":           "/mrn/Roe",
		"absolute":                "http://h/image/47110815",
		"absolute with a user":    "http://Roe:hunter2@h/image/47110815;PatientID=Roe",
	} {
		refer := target
		if target[0] == '/' {
			refer = "http://h" + target
		}
		f := prototest.Feed(&Spec, said(">GET "+target+" HTTP/1.1\nHost: h\nReferer: "+refer+"\n\n",
			"<HTTP/1.1 200 OK\nContent-Length: 0\n\n"))
		if len(f.Records) != 1 {
			t.Fatalf("%s: %v", name, lines(f))
		}
		x := f.Records[0].Body.(*Exchange)
		if leaks := prototest.Leaks(f.Records, words); len(leaks) > 0 {
			t.Errorf("%s: %v in %q, %q", name, leaks, x.URI, x.Referrer)
		}
		if !strings.Contains(x.URI, "~") || !strings.Contains(x.Referrer, "~") {
			t.Errorf("%s: no mark in %q, %q", name, x.URI, x.Referrer)
		}
	}
}

// What says something of machines alone stays as it was.
func TestUnhidden(t *testing.T) {
	for _, target := range []string{
		"/", "/index.html", "/v2/api/3.4.1/info", "/fw/6.1.7601.17514/update.cab", "/x?v=20260101&t=1795450804", "/x?size=10&q=a+b",
		"/download/tool-1234.exe", "/u/KB2533552.msu", "/x?day=2026-01-01", "/192.168.100.200/x", "http://h:8080/x;type=a", "/?", "/a//b", "/x?url=/index.html", "*",
	} {
		f := prototest.Feed(&Spec, said(">GET "+target+" HTTP/1.1\nReferer: "+target+"\n\n", "<HTTP/1.1 200 OK\nContent-Length: 0\n\n"))
		if len(f.Records) != 1 {
			t.Fatalf("%s: %v", target, lines(f))
		}
		if x := f.Records[0].Body.(*Exchange); x.URI != target || x.Referrer != target {
			t.Errorf("%q became %q, %q", target, x.URI, x.Referrer)
		}
	}
}

// Reason phrases and media types are free text to applications.
func TestAnswers(t *testing.T) {
	for phrase, want := range map[string]string{
		"Patient Roe not found": otherPhrase, "No study 47110815": otherPhrase, "Not Acceptable": "Not Acceptable",
		"Request-URI Too Long": "Request-URI Too Long", "Connection established": "Connection established", "I'm a teapot": "~",
	} {
		f := prototest.Feed(&Spec, said(">PUT /x HTTP/1.1\nContent-Type: image/png; charset=x; NAME=\"Roe.png\"\nContent-Length: 0\n\n",
			"<HTTP/1.1 404 "+phrase+"\nContent-Type: application/pdf; filename*=Roe.pdf\nContent-Length: 0\n\n"))
		x := f.Records[0].Body.(*Exchange)
		if x.StatusMsg != want || x.RequestType != "image/png; charset=x" || x.ResponseType != "application/pdf" {
			t.Errorf("%s: %q, types %q and %q", phrase, x.StatusMsg, x.RequestType, x.ResponseType)
		}
	}
}

// A number that logs in is a patient's on a portal.
func TestNumberedUser(t *testing.T) {
	for user, want := range map[string]string{"47110815": "~" + prototest.NewFlow().Pseudonym("patient", []byte("47110815"))[:markLen], "nurse12": "nurse12"} {
		f := prototest.Feed(&Spec, said(">GET /x HTTP/1.1\nAuthorization: Basic "+base64.StdEncoding.EncodeToString([]byte(user+":x"))+"\n\n",
			"<HTTP/1.1 200 OK\nContent-Length: 0\n\n"))
		if x := f.Records[0].Body.(*Exchange); x.Username != want {
			t.Errorf("%s became %q", user, x.Username)
		}
	}
}

// Broken text is as long in small letters as it is: a parameter that names a file is found in it.
func TestUnnamed(t *testing.T) {
	for in, want := range map[string]string{
		"text/plain; charset=utf-8":                          "text/plain; charset=utf-8",
		"text/plain; NAME=doe":                               "text/plain",
		"a\xd3\xd3\xd3\xd3\xd3\xd3\xd3/b; filename*=doe":     "a\xd3\xd3\xd3\xd3\xd3\xd3\xd3/b",
		"a\xd3\xd3\xd3\xd3\xd3\xd3\xd3/b; charset=x; myname": "a\xd3\xd3\xd3\xd3\xd3\xd3\xd3/b; charset=x; myname",
	} {
		if got := string(unnamed([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
