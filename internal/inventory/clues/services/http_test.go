package services

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/http"
)

func TestHTTP(t *testing.T) {
	ok := event.N(200)
	for _, c := range []struct {
		name string
		rec  http.Exchange
		want []string
	}{
		{"a browser and nginx", http.Exchange{Method: "GET", UserAgent: "Mozilla/5.0 (Windows NT 6.1; WOW64) Gecko", Status: ok, Server: "nginx/1.26.3", PoweredBy: "PHP/8.2.1"},
			[]string{"client os: Windows|6.1", "server product: nginx 1.26.3", "server product: PHP 8.2.1", "server kind: web server"}},
		{"a part of Windows", http.Exchange{Method: "GET", UserAgent: "Microsoft-CryptoAPI/10.0"}, []string{"client os: Windows|10.0"}},
		{"a part with a number of its own", http.Exchange{Method: "GET", UserAgent: "Microsoft BITS/7.8"}, []string{"client os: Windows"}},
		{"Windows update", http.Exchange{Method: "GET", UserAgent: "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.0"}, []string{"client os: Windows|10.0"}},
		{"a tool", http.Exchange{Method: "GET", UserAgent: "dcm4che/5.31 (x)"}, []string{"client product: dcm4che 5.31"}},
		{"a telephone", http.Exchange{Method: "GET", UserAgent: "Mozilla/5.0 (Linux; Android 13; SM)"}, []string{"client os: Android|13"}},
		{"a Mac of any age", http.Exchange{Method: "GET", UserAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"}, []string{"client os: macOS"}},
		{"an old Mac", http.Exchange{Method: "GET", UserAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.6; rv:7.0.1)"}, []string{"client os: macOS|10.6"}},
		{"a tablet", http.Exchange{Method: "GET", UserAgent: "Mozilla/5.0 (iPad; CPU OS 17_1 like Mac OS X)"}, []string{"client os: iOS|17.1"}},
		{"behind a proxy", http.Exchange{Method: "GET", UserAgent: "curl/8.5.0", ClientNames: []string{"HOST", "VIA"}, Status: ok, Server: "x/1", Relayed: true}, nil},
		{"a proxy is asked", http.Exchange{Method: "GET", UserAgent: "curl/8.5.0", ClientNames: []string{"PROXY-CONNECTION"}}, []string{"client product: curl 8.5.0"}},
		{"IIS", http.Exchange{Status: ok, Server: "Microsoft-IIS/7.5"}, []string{"server product: Microsoft-IIS 7.5", "server os: Windows|6.1", "server kind: web server"}},
		{"Apache on Debian", http.Exchange{Status: ok, Server: "Apache/2.4.57 (Debian)"}, []string{"server product: Apache 2.4.57", "server os: Linux", "server kind: web server"}},
		{"a printer", http.Exchange{Status: ok, Server: "HP HTTP Server; HP LaserJet"}, []string{"server product: HP HTTP Server", "server kind: printer"}},
		{"a camera", http.Exchange{Status: event.N(401), Realm: "AXIS_00408C123456"}, []string{"server kind: camera"}},
		{"a password in clear", http.Exchange{Method: "GET", Basic: true, Username: "x", Status: ok}, []string{"server trait: takes HTTP passwords in clear"}},
		{"a password refused", http.Exchange{Method: "GET", Basic: true, Username: "x", Status: event.N(401)}, nil},
		{"exchanged roles", http.Exchange{Method: "GET", UserAgent: "curl/8.5.0", Reversed: true}, []string{"server product: curl 8.5.0"}},
	} {
		_, got := cluestest.Read(Readers, &c.rec, 80)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestProductOf(t *testing.T) {
	for field, want := range map[string]string{
		"Apache/2.4.57 (Debian) PHP/8": "Apache 2.4.57", "UPnP Stack/1.2": "UPnP Stack 1.2", "HP HTTP Server; HP LaserJet": "HP HTTP Server",
		"${jndi:ldap://192.0.2.1:1389/a}": "", "Apache<!DOCTYPE html PUBLIC": "", "'": "", "a\tb": "", strings.Repeat("x", 81): "",
	} {
		if got := productOf(field); got != want {
			t.Errorf("%q is %q, want %q", field, got, want)
		}
	}
}

func TestHTTPNames(t *testing.T) {
	for host, want := range map[string]string{"Web1.Hospital.example:8080": "web1.hospital.example", "pacs1": "pacs1", "10.0.0.1:80": "", "[fe80::1]:80": "", "": "", "a b": ""} {
		o, _ := cluestest.Read(Readers, &http.Exchange{Method: "GET", Host: host, URI: "/", Status: event.N(200)}, 80)
		got := ""
		if len(o.Namings) == 1 && o.Namings[0].IP == cluestest.IP(cluestest.ServerIP) {
			got = o.Namings[0].Name
		}
		if got != want {
			t.Errorf("%q names %q, want %q", host, got, want)
		}
	}
	if o, _ := cluestest.Read(Readers, &http.Exchange{Method: "GET", Host: "other", URI: "http://other/", Status: event.N(200)}, 80); len(o.Namings) > 0 {
		t.Error("a request to a proxy named the proxy")
	}
}
