package sigma

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/kerberos"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/tls"
	"lazaret/internal/protocols"
	"lazaret/internal/share"
)

func ip(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }

// record makes a record of a log: fields are "name=value"; id.orig_h and id.resp_h set
// the ends. A list is one value.
func record(t testing.TB, log string, fields ...string) *event.Record {
	t.Helper()
	bodies := map[string]event.Payload{
		"dns": &dns.Record{}, "http": &http.Exchange{}, "dce_rpc": &dcerpc.Record{}, "kerberos": &kerberos.Record{},
		"rdp": &rdp.Record{}, "x509": &tls.Certificate{}, "smb_files": &share.FileRecord{},
	}
	body := bodies[log]
	conn := &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: ip("10.0.0.1"), Port: 40000}, Resp: netid.Endpoint{IP: ip("10.0.0.2"), Port: 443}}
	v := reflect.ValueOf(body).Elem()
next:
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		switch name {
		case "id.orig_h":
			conn.Orig.IP = ip(value)
			continue
		case "id.resp_h":
			conn.Resp.IP = ip(value)
			continue
		}
		for i := range v.NumField() {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("log"), ",")
			if tag != name {
				continue
			}
			switch x := v.Field(i); x.Kind() {
			case reflect.String:
				x.SetString(value)
			case reflect.Slice:
				x.Set(reflect.ValueOf([]string{value}))
			case reflect.Bool:
				x.SetBool(value == "true")
			default:
				n, err := syntax.Number(value)
				if err != nil {
					t.Fatal(err)
				}
				x.SetUint(uint64(n))
			}
			continue next
		}
		t.Fatalf("log %s has no field %s", log, name)
	}
	return &event.Record{TS: 1e18, Conn: conn, Body: body}
}

// Every rule of others fires on what its author means and stays quiet on a near miss.
func TestShared(t *testing.T) {
	dir := filepath.Join("../../../../shared", "sigma")
	files, _ := filepath.Glob(filepath.Join(dir, "*.yml"))
	if len(files) == 0 {
		t.Skip("../shared/sigma is not there")
	}
	type is = []string
	cases := map[string]struct {
		log         string
		fires, near is
	}{
		"net_dns_external_service_interaction_domains.yml":                   {"dns", is{"query=a.Oast.fun"}, is{"query=polling.oastify.com"}},
		"net_dns_mal_cobaltstrike.yml":                                       {"dns", is{"query=x.stage.123456.example.org"}, is{"query=x.post.1.org"}},
		"net_dns_pua_cryptocoin_mining_xmr.yml":                              {"dns", is{"query=eu.pool.supportxmr.com"}, is{"query=supportxmr.com"}},
		"net_dns_susp_b64_queries.yml":                                       {"dns", is{"query=aGFsbG8==.example.org"}, is{"query=aGFsbG8=.example.org"}},
		"net_dns_susp_telegram_api.yml":                                      {"dns", is{"query=api.telegram.org"}, is{"query=xapi.telegram.org"}},
		"net_dns_susp_txt_exec_strings.yml":                                  {"dns", is{"qtype_name=TXT", "answers=TXT 9 iex (x)"}, is{"qtype_name=A", "answers=IEX"}},
		"net_dns_wannacry_killswitch_domain.yml":                             {"dns", is{"query=iuqssfsodp9ifjaposdfjhgosurijfaewrwergwea.com"}, is{"query=www.iuqssfsodp9ifjaposdfjhgosurijfaewrwergwea.com"}},
		"zeek_dce_rpc_mitre_bzar_execution.yml":                              {"dce_rpc", is{"endpoint=svcctl", "operation=CreateServiceW"}, is{"endpoint=svcctl", "operation=OpenServiceW"}},
		"zeek_dce_rpc_mitre_bzar_persistence.yml":                            {"dce_rpc", is{"endpoint=spoolss", "operation=RpcAddMonitor"}, is{"endpoint=IRemoteWinspool", "operation=RpcAddMonitor"}},
		"zeek_dce_rpc_potential_petit_potam_efs_rpc_call.yml":                {"dce_rpc", is{"operation=EfsRpcOpenFileRaw"}, is{"operation=OpenEfs"}},
		"zeek_dce_rpc_smb_spoolss_named_pipe.yml":                            {"smb_files", is{`path=\\srv\IPC$`, "name=spoolss"}, is{`path=\\srv\C$`, "name=spoolss"}},
		"zeek_default_cobalt_strike_certificate.yml":                         {"x509", is{"certificate.serial=8bb00ee"}, is{"certificate.serial=08BB00EE"}},
		"zeek_dns_kerberos_coercion_via_dns_object_spn_spoofing.yml":         {"dns", is{"query=srv1uwhrcaaaaabaaaa.example.org"}, is{"query=srv1uwhrcaaaaa.example.org"}},
		"zeek_dns_mining_pools.yml":                                          {"dns", is{"query=eu.nanopool.org", "answers=198.51.100.7"}, is{"query=eu.nanopool.org", "rejected=true"}},
		"zeek_dns_nkn.yml":                                                   {"dns", is{"query=seed.mainnet.nkn.org"}, is{"query=www.nkn.org"}},
		"zeek_dns_susp_zbit_flag.yml":                                        {"dns", is{"query=example.org", "Z=1"}, is{"query=example.org", "Z=1", "qtype_name=MX"}},
		"zeek_dns_torproxy.yml":                                              {"dns", is{"query=x.onion.ws"}, is{"query=x.onion.ws.example.org"}},
		"zeek_http_executable_download_from_webdav.yml":                      {"http", is{"user_agent=Microsoft-WebDAV-MiniRedir", "uri=/a/b.exe"}, is{"user_agent=Microsoft-WebDAV-MiniRedir", "uri=/a/b.ex"}},
		"zeek_http_susp_file_ext_from_susp_tld.yml":                          {"http", is{"host=files.xyz", "response_content_type=application/x-msdownload"}, is{"host=files.xyz.org", "uri=/a.exe"}},
		"zeek_http_webdav_put_request.yml":                                   {"http", is{"user_agent=WebDAVFS", "method=PUT", "id.resp_h=203.0.113.9"}, is{"user_agent=WebDAVFS", "method=PUT", "id.resp_h=172.31.9.9"}},
		"zeek_rdp_public_listener.yml":                                       {"rdp", is{"id.orig_h=198.51.100.1"}, is{"id.orig_h=fd00::1"}},
		"zeek_smb_converted_win_atsvc_task.yml":                              {"smb_files", is{`path=\\srv\IPC$`, "name=atsvc"}, is{`path=\\srv\IPC$`, "name=atsvc2"}},
		"zeek_smb_converted_win_impacket_secretdump.yml":                     {"smb_files", is{`path=\\srv\ADMIN$`, `name=System32\abcdefgh.tmp`}, is{`path=\\srv\ADMIN$`, `name=System32\abcdefgh.tmp2`}},
		"zeek_smb_converted_win_lm_namedpipe.yml":                            {"smb_files", is{`path=\\srv\IPC$`, "name=evilpipe"}, is{`path=\\srv\IPC$`, "name=lsarpc"}},
		"zeek_smb_converted_win_susp_psexec.yml":                             {"smb_files", is{`path=\\srv\IPC$`, "name=abc-1-stdin"}, is{`path=\\srv\IPC$`, "name=PSEXESVC-1-stdin"}},
		"zeek_smb_converted_win_susp_raccess_sensitive_fext.yml":             {"smb_files", is{"name=mail\\box.PST"}, is{"name=box.pst.zip"}},
		"zeek_smb_converted_win_transferring_files_with_credential_data.yml": {"smb_files", is{`name=\NTDS.dit`}, is{`name=x\ntds.dit`}},
		"zeek_susp_kerberos_rc4.yml":                                         {"kerberos", is{"request_type=TGS", "cipher=rc4-hmac", "service=cifs/srv"}, is{"request_type=TGS", "cipher=rc4-hmac", "service=$cifs"}},
	}
	var src []Source
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		src = append(src, Source{filepath.Base(f), b})
	}
	set, faults := Compile(src, protocols.Schemas(), nil)
	for _, f := range append(faults, set.Idle()...) {
		t.Error(f)
	}
	if len(set.Rules()) != len(files) {
		t.Errorf("%d rules of %d files", len(set.Rules()), len(files))
	}
	for _, s := range src {
		c, ok := cases[s.Name]
		if !ok {
			t.Errorf("%s has no record that it fires on", s.Name)
			continue
		}
		alone, _ := Compile([]Source{s}, protocols.Schemas(), nil)
		for _, one := range []*Set{set, alone} {
			hits := run(one, record(t, c.log, c.fires...))
			if !slicesHas(hits, alone.Rules()[0].ID) {
				t.Errorf("%s is quiet on %q", s.Name, c.fires)
			}
			if hits := run(one, record(t, c.log, c.near...)); slicesHas(hits, alone.Rules()[0].ID) {
				t.Errorf("%s fires on %q", s.Name, c.near)
			}
		}
	}
}

// run gives the hits of some records.
func run(set *Set, records ...*event.Record) []detect.Hit {
	var out []detect.Hit
	e := NewEngine(set, DefaultConfig(), func(h detect.Hit) { out = append(out, h) })
	for _, r := range records {
		e.Add(r)
	}
	e.End()
	return out
}

func slicesHas(hits []detect.Hit, id string) bool {
	for _, h := range hits {
		if h.Rule.ID == id && len(h.Facts) > 0 {
			return true
		}
	}
	return false
}
