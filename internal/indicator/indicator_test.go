package indicator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

func finding(id string, pairs ...string) detect.Finding {
	f := detect.Finding{Rule: &detect.Rule{ID: id, Engine: "behaviour"}, Source: netid.IPv4(10, 0, 0, 5)}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Facts = append(f.Facts, detect.Fact{Field: pairs[i], Value: pairs[i+1]})
	}
	return f
}

func gather(list ...detect.Finding) []string {
	var at []int
	for i := range list {
		at = append(at, i)
	}
	var out []string
	for _, x := range Gather(list, at) {
		out = append(out, x.Kind+" "+x.Value)
	}
	return out
}

// What speaks of the intruder is told, by kind and once; what speaks of the site is not.
func TestGather(t *testing.T) {
	away := finding("B3", "server", "198.51.100.7")
	away.Target = netid.IPv4(198, 51, 100, 7)
	user := finding("K3", "files.filename", `\\pacs1\ADMIN$\x\evil.exe`)
	user.Facts = append(user.Facts, detect.Fact{Field: "dce_rpc.target", Value: "jdoe", Class: event.Account})
	for name, c := range map[string]struct {
		in   []detect.Finding
		want []string
	}{
		"service": {[]detect.Finding{finding("K1", "dce_rpc.operation", "CreateServiceW", "dce_rpc.target", "WmiApSrvEx", "dce_rpc.command",
			`%SystemRoot%\System32\rundll32.exe wmiapsrve.dll,ControlTrace -k`)}, []string{"service WmiApSrvEx", "file wmiapsrve.dll"}},
		"task":     {[]detect.Finding{finding("L2", "dce_rpc.endpoint", "ITaskSchedulerService", "dce_rpc.target", `\TrayHelpSync`)}, []string{`task \TrayHelpSync`}},
		"a job":    {[]detect.Finding{finding("L2", "dce_rpc.endpoint", "atsvc", "dce_rpc.target", "job 7")}, nil},
		"registry": {[]detect.Finding{finding("L3", "dce_rpc.target", `HKLM\SOFTWARE`)}, nil},
		"program":  {[]detect.Finding{user}, []string{"file evil.exe"}},
		"document": {[]detect.Finding{finding("D6", "files.filename", `\\pacs1\images\IM0001.DCM`, "files.sha256", "AB12")}, []string{"sha256 ab12"}},
		"twice":    {[]detect.Finding{finding("K3", "files.sha256", "ab"), finding("K4", "files.sha256", "ab")}, []string{"sha256 ab"}},
		"server":   {[]detect.Finding{away}, []string{"address 198.51.100.7"}},
		"scan":     {[]detect.Finding{finding("F1", "they are", "198.51.100.7, 10.0.0.1", "http.host", "a.org")}, nil},
		"inner":    {[]detect.Finding{finding("B1", "server", "10.0.0.7", "its address was given for", "pacs.hospital.local", "http.host", "ris:8080", "http.uri", "/x")}, nil},
		"inner v6": {[]detect.Finding{finding("B1", "server", "fd00::7", "the last of them", "fe80::1%eth0, ::ffff:10.0.0.1, …")}, nil},
		"page": {[]detect.Finding{finding("K8", "http.host", "198.51.100.7:8090", "http.uri", "/p", "http.uri", "/q?a=1")},
			[]string{"url http://198.51.100.7:8090/p", "url http://198.51.100.7:8090/q?a=1", "address 198.51.100.7"}},
		"two hosts": {[]detect.Finding{finding("K8", "http.host", "a.org", "http.uri", "/p", "http.host", "b.org")}, []string{"domain a.org", "domain b.org"}},
		"names":     {[]detect.Finding{finding("K10", "dns.query", "Bad.Example.ORG.", "dns.query", "host", "dns.query", "a b.org", "dns.query", "1.0.0.10.in-addr.arpa")}, []string{"domain bad.example.org"}},
		"agent":     {[]detect.Finding{finding("K12", "http.user_agent", "ItIsMe", "http.user_agent", "Mozilla/5.0")}, []string{"user_agent ItIsMe"}},
		"note": {[]detect.Finding{finding("E8", "smb_files.name", "@Please_Read_Me@.txt", "smb_files.name", "scan.dcm.WNCRY"), finding("E9", "the same file in many directories", "RESTORE.txt")},
			[]string{"file @Please_Read_Me@.txt", "file RESTORE.txt"}},
	} {
		if got := gather(c.in...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, x := range Gather([]detect.Finding{user}, []int{0}) {
		if strings.Contains(x.Value+x.Detail, "pacs1") || strings.Contains(x.Value+x.Detail, "jdoe") {
			t.Errorf("%+v", x)
		}
	}
}

// However much there is, a bounded part is told.
func TestMax(t *testing.T) {
	var list []detect.Finding
	for i := range Max * 2 {
		list = append(list, finding("K3", "files.sha256", fmt.Sprint(i)))
	}
	if n := len(gather(list...)); n != Max {
		t.Errorf("%d", n)
	}
}

// Whatever the traffic says, nothing inner comes out as an address or a name.
func FuzzGather(f *testing.F) {
	f.Add("http.host", "[::1]:80", "B1")
	f.Add("files.filename", `\\s\p\x.exe`, "K3")
	f.Fuzz(func(t *testing.T, field, value, id string) {
		for _, x := range Gather([]detect.Finding{finding(id, field, value, "http.host", value)}, []int{0}) {
			if x.Kind == Address && !outside(x.Value) || x.Kind == Domain && !isDomain(x.Value) || x.Value == "" {
				t.Errorf("%+v", x)
			}
		}
	})
}
