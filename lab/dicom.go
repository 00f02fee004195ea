package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/dcmtk"
	"lazaret/lab/truth"
)

// node is a DICOM application entity that listens.
type node struct {
	host *Host
	ae   string
	port int
	tls  bool
	proc *Proc
	ip   string // of another card than the host's first, or empty
}

// addr is where it is called.
func (n node) addr() string { return cmp.Or(n.ip, n.host.IP) }

// Ports of the lab's listeners. The second archive sits on an odd one, so
// that nothing can be told by the number.
const (
	portPACS    = 104
	portTLS     = 2762
	portVNA     = 8837
	portMWL     = 2575
	portMPPS    = 5001
	portStore   = 11112
	portPrinter = 10006
	portEvents  = 11119
	portFull    = 3320
)

// startOrthanc runs Orthanc as the main archive.
func (l *Lab) startOrthanc(h *Host, known ...node) (node, error) {
	return l.startOrthancWith(h, portPACS, nil, known...)
}

func (l *Lab) startOrthancTLS(h *Host, tls map[string]any, known ...node) (node, error) {
	n, err := l.startOrthancWith(h, portTLS, tls, known...)
	n.tls = true
	return n, err
}

// startOrthancWith runs Orthanc with more in its configuration.
func (l *Lab) startOrthancWith(h *Host, port int, more map[string]any, known ...node) (node, error) {
	n := node{host: h, ae: h.AETitles[0], port: port}
	store := filepath.Join(l.dir, "orthanc")
	if err := os.MkdirAll(store, dirMode); err != nil {
		return n, err
	}
	mods := map[string]any{}
	for _, k := range known {
		mods[k.ae] = map[string]any{"AET": k.ae, "Host": k.host.IP, "Port": k.port}
	}
	conf := map[string]any{
		"Name": "PACS", "DicomAet": n.ae, "DicomPort": n.port, "HttpPort": 8042,
		"StorageDirectory": store, "IndexDirectory": store,
		"RemoteAccessAllowed": true, "AuthenticationEnabled": false,
		"DicomCheckCalledAet": true, "DicomAlwaysAllowStore": true,
		"DicomAlwaysAllowFind": true, "DicomAlwaysAllowMove": true, "DicomAlwaysAllowGet": true,
		"DicomModalities": mods, "Plugins": []string{}, "SynchronousCMove": true,
		"SaveJobs": false, "DeflatedTransferSyntaxAccepted": true, "DicomThreadsCount": 4,
	}
	for k, v := range more {
		conf[k] = v
	}
	b, err := json.Marshal(conf)
	if err != nil {
		return n, err
	}
	file := filepath.Join(l.dir, "orthanc.json")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		return n, err
	}
	// The HTTP server closes last, so wait for the DICOM port only.
	if n.proc, err = l.start(h, "orthanc", "Orthanc", "--verbose", file); err != nil {
		return n, err
	}
	return n, n.proc.waitListen(n.port)
}

// startQR runs dcmqrscp as the second archive.
func (l *Lab) startQR(h *Host, known ...node) (node, error) {
	n := node{host: h, ae: h.AETitles[0], port: portVNA}
	db := filepath.Join(l.dir, "vna")
	if err := os.MkdirAll(db, dirMode); err != nil {
		return n, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "NetworkTCPPort = %d\nMaxPDUSize = 32768\nMaxAssociations = 16\nHostTable BEGIN\n", n.port)
	names := []string{}
	for i, k := range known {
		fmt.Fprintf(&b, "n%d = (%s, %s, %d)\n", i, k.ae, k.host.IP, k.port)
		names = append(names, "n"+strconv.Itoa(i))
	}
	if len(names) > 0 {
		fmt.Fprintf(&b, "all = %s\n", strings.Join(names, ", "))
	}
	fmt.Fprintf(&b, "HostTable END\nVendorTable BEGIN\nVendorTable END\n")
	fmt.Fprintf(&b, "AETable BEGIN\n%s %s RW (500, 1024mb) ANY\nAETable END\n", n.ae, db)
	file := filepath.Join(l.dir, "dcmqrscp.cfg")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		return n, err
	}
	var err error
	if n.proc, err = l.start(h, "dcmqrscp", "dcmqrscp", "-d", "-c", file); err != nil {
		return n, err
	}
	return n, n.proc.waitListen(n.port)
}

// startStoreSCP runs storescp on a workstation; its log tells what archives
// push to it.
func (l *Lab) startStoreSCP(h *Host, args ...string) (node, error) {
	n := node{host: h, ae: h.AETitles[0], port: portStore}
	in := filepath.Join(l.dir, "in-"+h.Name)
	if err := os.MkdirAll(in, dirMode); err != nil {
		return n, err
	}
	label := "storescp-" + h.Name + "-" + strconv.Itoa(len(l.procs))
	args = append([]string{"-d", "--ignore", "-aet", n.ae, "-od", in}, args...)
	var err error
	if n.proc, err = l.start(h, label, "storescp", append(args, strconv.Itoa(n.port))...); err != nil {
		return n, err
	}
	return n, n.proc.waitListen(n.port)
}

// startWorklist runs wlmscpfs with one scheduled step for each study.
func (l *Lab) startWorklist(h *Host, steps map[*Host]cast.Study) (node, error) {
	n := node{host: h, ae: h.AETitles[0], port: portMWL}
	dir := filepath.Join(l.dir, "wl", n.ae)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return n, err
	}
	if err := os.WriteFile(filepath.Join(dir, "lockfile"), nil, 0o644); err != nil {
		return n, err
	}
	for dev, s := range steps {
		base := filepath.Join(dir, dev.Name)
		if err := os.WriteFile(base+".dump", []byte(stepText(dev, s)), 0o644); err != nil {
			return n, err
		}
		if _, err := l.must(nil, "dump2dcm", "-q", base+".dump", base+".wl"); err != nil {
			return n, err
		}
	}
	var err error
	n.proc, err = l.start(h, "wlmscpfs", "wlmscpfs", "-d", "-s", "-dfp", filepath.Join(l.dir, "wl"), strconv.Itoa(n.port))
	if err != nil {
		return n, err
	}
	return n, n.proc.waitListen(n.port)
}

// stepText is a worklist entry in the text form of dump2dcm.
func stepText(dev *Host, s cast.Study) string {
	return fmt.Sprintf(`(0008,0005) CS [ISO_IR 100]
(0008,0050) SH [%s]
(0008,0090) PN [ZZDOCTOR^REFERRING]
(0010,0010) PN [%s]
(0010,0020) LO [%s]
(0010,0030) DA [%s]
(0010,0040) CS [O]
(0020,000d) UI [%s]
(0032,1060) LO [%s]
(0040,0100) SQ
(fffe,e000) na
(0008,0060) CS [%s]
(0040,0001) AE [%s]
(0040,0002) DA [20261123]
(0040,0003) TM [090000]
(0040,0006) PN [ZZDOCTOR^PERFORMING]
(0040,0007) LO [%s]
(0040,0009) SH [SPS%d]
(0040,0010) SH [%s]
(fffe,e00d) na
(fffe,e0dd) na
(0040,1001) SH [RP%d]
`, s.Accession, s.Name, s.ID, s.Birth, s.UID, dev.Equip.Protocol, dev.Modality,
		dev.AETitles[0], dev.Equip.Protocol, s.Number, dev.StationName, s.Number)
}

// call is one run of a dcmtk client.
type call struct {
	from *Host
	to   node
	aec  string // called AE title, the node's own when empty
	aet  string // calling AE title, the host's first when empty
	tool string
	args []string // options
	rest []string // files or other words after the port
	want string   // accepted when empty
	// fails: the operation ends in an error status, and so may the tool.
	fails bool
}

// scu runs a dcmtk client with its debug log and notes the association it
// tells of. It fails when the outcome is not the wanted one.
func (l *Lab) scu(c call) (*truth.Association, error) {
	if c.to.tls {
		c.args = append(c.args, l.tlsArgs(c.from.Name)...)
	}
	if c.aec == "" {
		c.aec = c.to.ae
	}
	if c.aet == "" {
		c.aet = c.from.AETitles[0]
	}
	if c.want == "" {
		c.want = "accepted"
	}
	args := append([]string{"-d", "-to", "10", "-ta", "20", "-td", "30", "-aet", c.aet, "-aec", c.aec}, c.args...)
	args = append(args, c.to.addr(), strconv.Itoa(c.to.port))
	log, err := l.run(c.from, c.tool, append(args, c.rest...)...)
	found := dcmtk.ParseLog(log, false)
	if len(found) != 1 {
		return nil, fmt.Errorf("%s from %s: %d associations in its log (%v)\n%s", c.tool, c.from.Name, len(found), err, tail(log, 1500))
	}
	a := found[0]
	if a.Result != c.want || (c.want == "accepted" && err != nil && !c.fails) {
		return nil, fmt.Errorf("%s from %s: %q, want %q (%v)\n%s", c.tool, c.from.Name, a.Result, c.want, err, tail(log, 1500))
	}
	a.TLS = c.to.tls
	l.note(a, c.from, c.to, c.tool+" -d")
	return a, nil
}

// note adds an association between two hosts to the truth.
func (l *Lab) note(a *truth.Association, from *Host, to node, source string) {
	a.Client, a.ClientIP = from.Name, from.IP
	if nat := l.hosts[from.BehindNAT]; nat != nil {
		a.ClientIP = nat.IP // as everybody sees it
	}
	a.Server, a.ServerIP, a.Port = to.host.Name, to.addr(), to.port
	a.Source = source
	if a.Operations == nil {
		a.Operations = []truth.Operation{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truth.Associations = append(l.truth.Associations, *a)
}

// pushed notes the associations an archive opened to a workstation, by the
// log of the workstation's storescp. It stops the storescp.
func (l *Lab) pushed(from *Host, to node) error {
	to.proc.stop(15)
	found := dcmtk.ParseLog(to.proc.output(), true)
	if len(found) == 0 {
		return fmt.Errorf("%s: nothing arrived", to.proc.name)
	}
	for _, a := range found {
		if a.Calling != from.AETitles[0] {
			continue // another client, whose own log told of it
		}
		// storescp does not dump its responses. The mover said 0x0000 without
		// failed sub-operations, which it can only have from these.
		for i := range a.Operations {
			a.Operations[i].Status = "0x0000"
		}
		l.note(a, from, to, "storescp -d")
	}
	return nil
}

// store sends files of a modality.
func (l *Lab) store(from *Host, to node, files []string, args ...string) error {
	_, err := l.scu(call{from: from, to: to, tool: "storescu", args: append([]string{"-R"}, args...), rest: files})
	return err
}

// keys turns query keys into options of findscu, movescu or getscu.
func keys(model string, kv ...string) []string {
	args := []string{model}
	for _, k := range kv {
		args = append(args, "-k", k)
	}
	return args
}
