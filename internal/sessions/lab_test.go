package sessions_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
	"lazaret/internal/sessions"
	"lazaret/lab/truth"
)

// read gives the sessions of a lab capture.
func read(t *testing.T, scenario string, workers int) *sessions.Report {
	t.Helper()
	tl := capture.Open(context.Background(), capture.DefaultConfig(), []string{filepath.Join(lab, scenario+".pcap.zst")}, capture.Options{})
	defer tl.Close()
	cfg := sensor.DefaultConfig()
	cfg.Workers = workers
	b := sessions.New(sessions.DefaultConfig())
	if _, err := sensor.Run(cfg, tl, sensor.Options{Specs: protocols.Specs, Key: prototest.Key, Emit: func(r event.Record) { b.Add(&r) }}); err != nil {
		t.Fatal(err)
	}
	return b.Snapshot()
}

// lab is where the captures are.
const lab = "../../testdata/lab"

// kinds are the kinds of session by the words of the truth.
var kinds = map[string]sessions.Kind{"ssh": sessions.SSH, "telnet": sessions.Telnet, "rfb": sessions.VNC, "rdp": sessions.RDP}

// TestLogins compares the remote desktops and shells of the lab with the truth.
func TestLogins(t *testing.T) {
	for _, scenario := range []string{"remote", "remote2", "windows", "manage", "service"} {
		tr, err := truth.Read(filepath.Join(lab, scenario+".truth.json"))
		if err != nil {
			t.Fatal(err)
		}
		ip := addresses(tr)
		want := map[string]int{}
		for _, f := range tr.Flows {
			kind, ok := kinds[f.Service]
			if !ok {
				continue
			}
			outcome := sessions.Unknown
			switch {
			case kind == sessions.RDP: // what follows the opening is sealed, also a refusal
			case strings.Contains(f.Detail, "granted"), f.Detail == "None":
				outcome = sessions.Granted
			case strings.Contains(f.Detail, "refused"):
				outcome = sessions.Refused
			}
			want[fmt.Sprint(kind, " ", ip[f.Client], " ", ip[f.Server], " ", outcome)] += f.Count
		}
		got := count(read(t, scenario, 2))
		if scenario == "remote2" { // sessions of Windows are held by TestWindows
			maps.DeleteFunc(got, func(k string, _ int) bool { return windows(k) })
		}
		if scenario == "service" { // machines behind one address, and with two
			got, want = unplaced(got), unplaced(want)
		}
		same(t, scenario, got, want)
	}
}

func windows(k string) bool {
	return strings.HasPrefix(k, "winrm ") || strings.HasPrefix(k, "wmi ") || strings.HasPrefix(k, "dcom ")
}

// TestWindows holds what of WinRM, WMI and DCOM was granted in the lab, by client.
func TestWindows(t *testing.T) {
	got := map[string]int{}
	for k, n := range count(read(t, "remote2", 2)) {
		if f := strings.Fields(k); windows(k) && (f[3] == "granted" || f[3] == "likely") {
			got[f[0]+" "+f[1]+" "+f[3]] += n
		}
	}
	same(t, "remote2", got, map[string]int{
		"winrm 10.20.30.54 granted": 1, "wmi 10.20.30.54 granted": 1, "winrm 10.20.30.55 granted": 2,
		"wmi 10.20.30.56 granted": 1, "dcom 10.20.30.56 granted": 1, "wmi 10.20.30.57 likely": 1,
	})
}

// unplaced counts without the hosts.
func unplaced(in map[string]int) map[string]int {
	out := map[string]int{}
	for k, n := range in {
		f := strings.Fields(k)
		out[f[0]+" "+f[3]] += n
	}
	return out
}

func addresses(tr *truth.Truth) map[string]string {
	ip := map[string]string{}
	for _, h := range tr.Hosts {
		ip[h.Name] = h.IPs[0].IP
	}
	return ip
}

// count is how many attempts were made, by kind, hosts and outcome.
func count(r *sessions.Report) map[string]int {
	got := map[string]int{}
	for _, s := range r.Sessions {
		got[fmt.Sprint(s.Kind, " ", s.Client, " ", s.Server, " ", s.Outcome)] += s.Count
	}
	return got
}

func same(t *testing.T, scenario string, got, want map[string]int) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(want))
	for k := range got {
		if want[k] == 0 {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if got[k] != want[k] {
			t.Errorf("%s: %s: %d attempts, want %d", scenario, k, got[k], want[k])
		}
	}
}

// TestProcedures compares services, tasks and jobs of the lab with the truth: what was
// started, or made, or refused, by name.
func TestProcedures(t *testing.T) {
	tr, err := truth.Read(filepath.Join(lab, "rpc.truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	ip := addresses(tr)
	kindOf := map[string]sessions.Kind{"CreateServiceW": sessions.Service, "ChangeServiceConfigW": sessions.Service, "StartServiceW": sessions.Service,
		"SchRpcRegisterTask": sessions.Task, "SchRpcRun": sessions.Task, "NetrJobAdd": sessions.Task}
	granted, about := map[string]bool{}, map[string]string{}
	for i, c := range tr.RPC {
		kind, ok := kindOf[c.Operation]
		name := c.Words["service"]
		if kind == sessions.Task {
			name = c.Words["path"]
		}
		if !ok {
			continue
		}
		if c.Operation == "StartServiceW" && name == "" { // the tool was told a name, its log was not
			name = "LZNETX"
			if c.Outcome != "ok" {
				name = "LZNOSTARTN"
			}
		}
		if c.Operation == "NetrJobAdd" {
			name = fmt.Sprint("job ", i)
		}
		key := fmt.Sprint(kind, " ", ip[c.Client], " ", ip[c.Server], " ", name)
		granted[key] = granted[key] || c.Outcome == "ok" || c.Code == "WERR_SERVICE_REQUEST_TIMEOUT"
		about[key] = fmt.Sprint(kind, " ", ip[c.Client], " ", ip[c.Server])
	}
	want := map[string]int{}
	for key, ok := range granted {
		outcome := sessions.Refused
		if ok {
			outcome = sessions.Granted
		}
		want[fmt.Sprint(about[key], " ", outcome)]++
	}
	r := read(t, "rpc", 1)
	same(t, "rpc", count(r), want)
	for _, s := range r.Sessions {
		if !strings.Contains(s.User, "lzsvcvendor") && s.Port == 445 && s.Client.String() != ip["desk3"] {
			t.Errorf("nobody made %+v", s)
		}
	}
	if a, b := fmt.Sprintf("%+v", r), fmt.Sprintf("%+v", read(t, "rpc", 3)); a != b {
		t.Errorf("one worker: %s\nthree: %s", a, b)
	}
}
