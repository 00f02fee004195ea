package dcerpc

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lazaret/internal/ntstatus"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/smb"
	"lazaret/internal/prototest"
	"lazaret/internal/rpcdb"
)

// truth is what the lab's peers themselves told of their calls.
type truth struct {
	Hosts []struct {
		Name string `json:"name"`
		IPs  []struct {
			IP string `json:"ip"`
		} `json:"ips"`
	} `json:"hosts"`
	RPC []struct {
		Client, Server, Transport, Interface, Operation, Level, Outcome, Code string
		Port                                                                  uint16
		Opnum                                                                 int
		Sealed                                                                bool
		Words                                                                 map[string]string
		Count                                                                 int
	} `json:"rpc"`
}

// TestTruth compares each call of the lab with what its peers told: how often, how it
// ended, and the words in it.
func TestTruth(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(prototest.Lab, "rpc.truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tr truth
	if err := json.Unmarshal(b, &tr); err != nil {
		t.Fatal(err)
	}
	ip := map[string]string{}
	for _, h := range tr.Hosts {
		ip[h.Name] = h.IPs[0].IP
	}
	all, _ := prototest.Run(t, prototest.Load(t, filepath.Join(prototest.Lab, "rpc.pcap.zst")), &Spec, &smb.Spec, &gssapi.Spec, &ntlm.Spec)
	left := map[string][]*Record{}
	ours := 0
	for _, x := range all {
		if r, ok := x.Body.(*Record); ok {
			ours++
			n := -1
			if r.Opnum.OK {
				n = int(r.Opnum.V)
			}
			k := fmt.Sprintf("%s %s %d %s %d", x.Conn.Orig.IP, x.Conn.Resp.IP, x.Conn.Resp.Port, r.Endpoint, n)
			left[k] = append(left[k], r)
		}
	}
	calls := 0
	for _, c := range tr.RPC {
		k := fmt.Sprintf("%s %s %d %s %d", ip[c.Client], ip[c.Server], c.Port, c.Interface, c.Opnum)
		calls += c.Count
		for range c.Count {
			i := -1
			for n, r := range left[k] {
				if agrees(r, c.Outcome, c.Code, c.Sealed, c.Words) {
					i = n
					break
				}
			}
			if i < 0 {
				t.Errorf("%s over %s: no record agrees with %+v", k, c.Transport, c)
				break
			}
			left[k] = append(left[k][:i], left[k][i+1:]...)
		}
	}
	if calls != ours {
		t.Errorf("%d records, the peers told of %d calls", ours, calls)
	}
	for k, list := range left {
		for _, r := range list {
			t.Errorf("%s: nobody told of %+v", k, *r)
		}
	}
}

// agrees says whether a record tells what a peer told.
func agrees(r *Record, outcome, code string, sealed bool, words map[string]string) bool {
	n, err := strconv.ParseUint(strings.TrimPrefix(code, "0x"), 16, 32)
	kind := rpcdb.None
	if u, ok := rpcdb.ParseUUID(r.UUID); ok && rpcdb.Lookup(u) != nil {
		kind = rpcdb.Lookup(u).Result
	}
	if outcome == "fault" {
		kind = rpcdb.RPC
	}
	status, means := rpcdb.Status(kind, uint32(n))
	if kind == rpcdb.NT && n != 0 {
		status = ntstatus.Name(uint32(n))
	}
	switch {
	case sealed != r.Closed:
		return false
	case outcome == "refused":
		if r.Outcome != "refused" || r.Operation != "" {
			return false
		}
	case r.Outcome == "answered":
		if !sealed && kind != rpcdb.None || outcome == "fault" {
			return false
		}
	case err == nil && (r.Status != status || r.Outcome != string(means)):
		return false
	}
	if sealed {
		return true
	}
	for what, w := range words {
		switch text := strings.Join([]string{r.Target, r.Command, r.Detail}, "\n"); {
		case what == "service" && r.Target != w, what == "interface" && r.Target != w, !strings.Contains(text, w):
			return false
		}
	}
	return true
}
