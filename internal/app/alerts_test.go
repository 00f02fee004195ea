package app

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/report/alerts"
)

// polyglots is a capture of the lab with findings.
var polyglots = filepath.Join(labDir, "web.pcap.zst")

// The files of --alerts are those of the formats, and --output has the same bytes.
func TestAlertFiles(t *testing.T) {
	dir := t.TempDir()
	args := []string{"read"}
	for _, f := range alerts.Formats() {
		args = append(args, "--alerts", filepath.Join(dir, "found"+f.Suffix))
	}
	if code, out, msg := lazaret(t, nil, append(args, polyglots)...); code != 0 || !strings.Contains(out, "\nFindings: ") {
		t.Fatalf("status %d: %s", code, msg)
	}
	for _, f := range alerts.Formats() {
		saved, err := os.ReadFile(filepath.Join(dir, "found"+f.Suffix))
		code, out, msg := lazaret(t, nil, "read", "-o", f.Name, polyglots)
		if err != nil || code != 0 || out != string(saved) || !strings.Contains(out, "D6") {
			t.Errorf("%s: status %d, %v: %s\nprinted %.300s\nsaved %.300s", f.Name, code, err, msg, out, saved)
		}
	}
}

func TestAlertFaults(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "no.pem"), "no certificate")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"ending":         {[]string{"--alerts", "x.txt"}, "--alerts x.txt: the name ends in none of .ecs.jsonl .notice.log"},
		"folder":         {[]string{"--alerts", filepath.Join(dir, "none", "x.cef")}, "there is no folder"},
		"save":           {[]string{"--save", "x.layer.json"}, "--alerts x.layer.json"},
		"no address":     {[]string{"--syslog", "siem"}, "is no address like udp://host:514"},
		"scheme":         {[]string{"--syslog", "http://siem:514"}, "is no address like"},
		"path":           {[]string{"--syslog", "udp://siem/x"}, "is no address like"},
		"user":           {[]string{"--syslog", "udp://me@siem"}, "is no address like"},
		"port of tcp":    {[]string{"--syslog", "tcp://siem"}, "give one"},
		"port":           {[]string{"--syslog", "udp://siem:70000"}, `port "70000"`},
		"facility":       {[]string{"--syslog", "udp://siem?facility=local8"}, `facility "local8"`},
		"key":            {[]string{"--syslog", "tls://siem?insecure=1"}, `"insecure" is none of`},
		"twice":          {[]string{"--syslog", "tls://siem?name=a&name=b"}, "name wants one value"},
		"ca of tcp":      {[]string{"--syslog", "tcp://siem:601?ca=x"}, "ca is for tls alone"},
		"ca missing":     {[]string{"--syslog", "tls://siem?ca=" + filepath.Join(dir, "x.pem")}, "no such file"},
		"ca is none":     {[]string{"--syslog", "tls://siem?ca=" + filepath.Join(dir, "no.pem")}, "has no certificate"},
		"cert alone":     {[]string{"--syslog", "tls://siem?cert=x"}, "cert and key go together"},
		"cert not there": {[]string{"--syslog", "tls://siem?key=y&cert=" + filepath.Join(dir, "x.pem")}, "no such file"},
	} {
		// The capture is not there: what is wrong is said before anything is read.
		code, _, msg := lazaret(t, nil, append(append([]string{"read"}, tc.args...), filepath.Join(dir, "none.pcap"))...)
		if code != 2 || !strings.Contains(msg, tc.want) {
			t.Errorf("%s: status %d: %s", name, code, msg)
		}
	}
}

// A collector that is gone is told of; the others get all.
func TestSyslogAway(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := gone.Addr().String()
	gone.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			got <- err.Error()
			return
		}
		defer conn.Close()
		b, _ := io.ReadAll(conn)
		got <- string(b)
	}()
	code, out, msg := lazaret(t, nil, "read", "--syslog", "tcp://"+away, "--syslog", "tcp://"+l.Addr().String()+"?facility=audit", polyglots)
	if code != 1 || !strings.Contains(msg, "--syslog tcp://"+away+": 0 of ") || !strings.Contains(msg, "refused") || !strings.Contains(out, "\nFindings: ") {
		t.Errorf("status %d: %s", code, msg)
	}
	// A length, a space, a message of facility 13 and severity 2.
	if all := <-got; !regexp.MustCompile(`^[0-9]+ <106>1 .*\|D6\|`).MatchString(all) || strings.Contains(all, "\n") {
		t.Errorf("the other: %q", all)
	}
}
