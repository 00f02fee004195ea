package wsman_test

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/proto/http"
	"lazaret/internal/proto/wsman"
	"lazaret/internal/prototest"
)

// message is a request or an answer with its content.
func message(first, body string, fields ...string) string {
	s := first + "\r\n"
	for _, f := range fields {
		s += f + "\r\n"
	}
	return s + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// TestCarried holds that a session over HTTP is understood however its bytes were cut:
// a demand for credentials, a shell, a command and a sealed message.
func TestCarried(t *testing.T) {
	const (
		post = "POST /wsman HTTP/1.1"
		host = "Host: ct1:5985"
		soap = "Content-Type: application/soap+xml;charset=UTF-8"
		auth = "Authorization: Basic dmVuZG9yOktBTkFSSQ==" // vendor
		seal = `Content-Type: multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"`
	)
	envelope := func(action string, body string) string {
		return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header><a:Action xmlns:a="x">` + action +
			`</a:Action><w:ResourceURI>http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd</w:ResourceURI></s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
	}
	create := envelope("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "")
	command := envelope("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command",
		`<r:CommandLine xmlns:r="x"><r:Command>ipconfig</r:Command><r:Arguments>KANARI</r:Arguments></r:CommandLine>`)
	talk := prototest.Dialogue(5985,
		"C: "+message(post, create, host, soap),
		"S: "+message("HTTP/1.1 401 ", "", "WWW-Authenticate: Basic realm=\"WSMAN\""),
		"C: "+message(post, create, host, soap, auth),
		"S: "+message("HTTP/1.1 200 ", envelope("http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse", ""), soap),
		"C: "+message(post, command, host, soap, auth),
		"S: "+message("HTTP/1.1 200 ", "", soap),
		"C: "+message(post, "--Encrypted Boundary\r\n", host, seal, auth),
		"S: "+message("HTTP/1.1 200 ", "--Encrypted Boundary\r\n", seal))
	want := ""
	for _, sizes := range [][]int{nil, {1}, {7}, {3, 100, 1}, {536}} {
		records, st := prototest.Run(t, talk.Frames(sizes), &http.Spec, &wsman.Spec)
		got := prototest.JSON(records, &wsman.Spec)
		if want == "" {
			want = got
		}
		if prototest.Still(got) != prototest.Still(want) {
			t.Errorf("in pieces of %v:\n got %s\nwant %s", sizes, got, want)
		}
		if st.Blind["winrm"] != 1 {
			t.Errorf("blind: %v", st.Blind)
		}
	}
	lines := strings.Split(strings.TrimSpace(want), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d records:\n%s", len(lines), want)
	}
	for i, w := range [][]string{
		{`"action":"Create"`, `"status_code":401`},
		{`"action":"Create"`, `"status_code":200`, `"auth":"basic"`, `"user":"vendor"`, `"resource":"windows/shell/cmd"`},
		{`"action":"Command"`, `"program":"ipconfig"`, `"arguments":true`},
		{`"encrypted":"spnego"`, `"status_code":200`},
	} {
		for _, part := range w {
			if !strings.Contains(lines[i], part) {
				t.Errorf("%s is not in %s", part, lines[i])
			}
		}
	}
	if strings.Contains(want, "KANARI") {
		t.Errorf("an argument or a password came out: %s", want)
	}
}
