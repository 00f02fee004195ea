package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// service is a supplier's day, and the machines whose identity is not what it
// seems: one with two cards, several behind one address, two under one title,
// and one that answers to every title.
func service(l *Lab) error {
	if err := l.build("router", "web", "term1", "pacs2", "qc1", "ws1", "ws2", "admin1", "ct1", "mr2", "jump1", "ai1", "supplier",
		"van", "vanmr", "vanmg", "vandesk1", "vandesk2"); err != nil {
		return err
	}
	d, err := l.openService()
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, play := range []func(*serviceDay) error{l.exams, l.findings, l.anyTitles, l.twinReaders, l.vanDay, l.supplierDay, l.upkeep, l.oddFiles} {
		if err := play(d); err != nil {
			return err
		}
	}
	for _, n := range []string{"pacs2", "qc1", "ws1", "ws2", "ct1", "mr2", "ai1", "van"} {
		l.hosts[n].has("speaks DICOM in clear")
	}
	return nil
}

// serviceDay holds what the scenario service needs.
type serviceDay struct {
	pacs, back, qc, ai node // back is the archive's second card
	sets               map[string]series
	dose               string            // file of the scanner's dose report
	findings           []string          // files of the results of reading by machine
	odd                map[string]string // word of the preamble to the file that has it
	oddStudy           cast.Study
	body               string // of the STOW-RS request with the odd files
}

// addCards gives a host its further cards. Each answers ARP for its own address
// alone and sends from it, as an archive does that stands in two networks.
func (l *Lab) addCards(h *Host) error {
	for i, c := range h.Cards {
		dev, table := fmt.Sprintf("eth%d", i+1), fmt.Sprintf("%d", 100+i)
		if err := l.plug(h.ns, dev, c.MAC, "br0"); err != nil {
			return err
		}
		h.IPs = append(h.IPs, truth.Address{IP: c.IP})
		if _, err := l.must(h, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter"); err != nil {
			return err
		}
		if err := l.batch(h.ns, []string{
			"addr add " + c.IP + "/32 dev " + dev,
			"route add " + cast.NetMain + "0/24 dev " + dev + " src " + c.IP + " table " + table,
			"route add default via " + cast.RouterIP + " dev " + dev + " table " + table,
			"rule add from " + c.IP + " table " + table,
		}); err != nil {
			return err
		}
	}
	return nil
}

// translate makes a host the router of a network that nobody else sees: what
// comes from there leaves under the host's own address (RFC 3022).
func (l *Lab) translate(name, network string) error {
	h := l.hosts[name]
	if err := l.plug(h.ns, "eth1", "00:0d:b9:3c:07:01", "br2"); err != nil {
		return err
	}
	if err := l.batch(h.ns, []string{"addr add " + network + "1/24 dev eth1"}); err != nil {
		return err
	}
	rules, err := l.file("van.nft", "table ip nat {\n chain out {\n  type nat hook postrouting priority 100;\n  oifname \"eth0\" masquerade\n }\n}\n")
	if err != nil {
		return err
	}
	if _, err := l.must(h, "nft", "-f", rules); err != nil {
		return err
	}
	_, err = l.must(h, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
	return err
}

// openService makes what is there before the recording: objects and servers.
func (l *Lab) openService() (*serviceDay, error) {
	if err := l.translate("van", cast.NetVan); err != nil {
		return nil, err
	}
	d := &serviceDay{sets: map[string]series{}, odd: map[string]string{}}
	for i, name := range []string{"ct1", "mr2", "vanmr", "vanmg"} {
		h, n := l.hosts[name], 2
		if h.BehindNAT != "" {
			n = 4 // two associations
		}
		s := l.newStudy(h.Equip.Root, 30+i)
		files, err := l.makeSeries(cast.Object{Machine: h.Machine, Study: s, Series: 1, Rows: 16, Cols: 16}, n)
		if err != nil {
			return nil, err
		}
		d.sets[name] = series{Study: s, files: files}
	}
	for _, open := range []func(*serviceDay) error{l.openStores, l.makeFindings, l.makeOdd, l.openWays} {
		if err := open(d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// openStores starts all that takes images.
func (l *Lab) openStores(d *serviceDay) error {
	plugin := "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
	if _, err := os.Stat(plugin); err != nil {
		return fmt.Errorf("apt-get install orthanc-dicomweb: %w", err)
	}
	h := l.hosts["pacs2"]
	var err error
	if d.pacs, err = l.startOrthancWith(h, portPACS, map[string]any{"Plugins": []string{plugin},
		"DicomWeb": map[string]any{"Enable": true, "Root": "/dicom-web/", "Ssl": false}}); err != nil {
		return err
	}
	if err := d.pacs.proc.waitListen(8042); err != nil {
		return err
	}
	d.back = d.pacs
	d.back.ip = h.Cards[0].IP
	h.offers("dicom", "tcp", portPACS, "")
	h.offers("http", "tcp", 8042, "")
	h.has("serves DICOMweb in clear")
	if d.qc, err = l.startStoreSCP(l.hosts["qc1"]); err != nil {
		return err
	}
	l.hosts["qc1"].has("accepts any AE title")
	d.ai, err = l.startStoreSCP(l.hosts["ai1"])
	return err
}

// makeFindings writes what the scanner says of the dose and what the machine
// that reads images says of them.
func (l *Lab) makeFindings(d *serviceDay) error {
	s := d.sets["ct1"].Study
	raw, err := l.file("finding.raw", strings.Repeat("\x10\x20\x40\x80", 256))
	if err != nil {
		return err
	}
	dumps := cast.Findings(s, raw)
	dumps["dose"] = cast.DoseReport(l.hosts["ct1"].Machine, s)
	files := map[string]string{}
	for name, text := range dumps {
		f, err := l.file("finding-"+name+".dump", text)
		if err != nil {
			return err
		}
		files[name] = strings.TrimSuffix(f, "dump") + "dcm"
		if _, err := l.must(nil, "dump2dcm", "-q", "+te", f, files[name]); err != nil {
			return err
		}
	}
	d.dose, d.findings = files["dose"], []string{files["report"], files["capture"]}
	ai := l.hosts["ai1"]
	ai.Manufacturer, ai.Model, ai.Software = "Lazarus Imaging AI", "NoduleFinder", []string{"2.4.1"}
	return nil
}

// oddPreambles begin a preamble as another kind of file begins (PS3.10, section
// 7.1). Nothing in them can run: behind the mark are zeros, and behind the
// first line of the script a remark without end.
func oddPreambles() map[string]string {
	return map[string]string{
		"elf":    "\x7fELF",
		"mach-o": "\xcf\xfa\xed\xfe",
		"script": "#!/bin/sh\n#" + strings.Repeat(" ", 100),
	}
}

// oddWords are their words, in the order in which the files stand everywhere.
func oddWords() []string { return []string{"elf", "mach-o", "script"} }

// makeOdd writes the files that are an image and something else at once, as a
// request and as files of a web site.
func (l *Lab) makeOdd(d *serviceDay) error {
	ct := l.hosts["ct1"]
	d.oddStudy = l.newStudy(ct.Equip.Root, 41)
	files, err := l.makeSeries(cast.Object{Machine: ct.Machine, Study: d.oddStudy, Series: 5, Rows: 16, Cols: 16}, len(oddWords()))
	if err != nil {
		return err
	}
	if err := l.startSite(); err != nil {
		return err
	}
	// Nobody sends it a password here, or calls it by its name.
	l.hosts["web"].Traits, l.hosts["web"].Shown = nil, nil
	for i, word := range oddWords() {
		if err := dress(files[i], oddPreambles()[word]); err != nil {
			return err
		}
		data, err := os.ReadFile(files[i])
		if err != nil {
			return err
		}
		if d.odd[word], err = l.file("site/example-"+word+".dcm", string(data)); err != nil {
			return err
		}
	}
	d.body, err = l.stowBody("odd", files)
	return err
}

// openWays starts what people log in to.
func (l *Lab) openWays(*serviceDay) error {
	for _, host := range []string{"jump1", "ct1", "mr2", "pacs2"} {
		if err := l.sshd(host, ""); err != nil {
			return err
		}
	}
	if err := l.makeCerts("term1", "ct1"); err != nil {
		return err
	}
	for _, host := range []string{"term1", "ct1"} {
		if err := l.xrdp(host); err != nil {
			return err
		}
		l.hosts[host].has("offers remote desktop without NLA")
	}
	pass := filepath.Join(l.dir, "vnc.pass")
	if _, err := l.must(nil, "x11vnc", "-storepasswd", vncPassword, pass); err != nil {
		return err
	}
	l.canary("secret", vncPassword)
	for _, host := range []string{"ct1", "mr2"} {
		l.hosts[host].has("remote access to a modality")
	}
	l.hosts["jump1"].has("talks to the internet")
	return l.vncServer("mr2", "MAGNETOM Aera console", "-SecurityTypes", "VncAuth", "-PasswordFile", pass)
}

// exams are images for the archive, one scanner at each of its cards, and for
// the machine that reads them.
func (l *Lab) exams(d *serviceDay) error {
	for _, s := range []struct {
		from string
		to   node
	}{{"ct1", d.pacs}, {"mr2", d.back}, {"ct1", d.ai}, {"mr2", d.ai}} {
		if err := l.store(l.hosts[s.from], s.to, d.sets[s.from].files); err != nil {
			return err
		}
	}
	for _, to := range []node{d.pacs, d.ai} {
		if err := l.store(l.hosts["ct1"], to, []string{d.dose}); err != nil {
			return err
		}
	}
	return nil
}

// findings are what the machine that reads images sends to the archive.
func (l *Lab) findings(d *serviceDay) error {
	return l.store(l.hosts["ai1"], d.pacs, d.findings)
}

// anyTitles calls a store by its title, by another and by the one that dcmtk's
// tools use when they are told none.
func (l *Lab) anyTitles(d *serviceDay) error {
	for _, c := range []struct{ from, called string }{{"ct1", "QC_STORE"}, {"mr2", "ANY-SCP"}, {"ct1", "OLD_QC"}} {
		if _, err := l.scu(call{from: l.hosts[c.from], to: d.qc, aec: c.called, tool: "storescu", args: []string{"-R"}, rest: d.sets[c.from].files[:1]}); err != nil {
			return err
		}
	}
	return nil
}

// twinReaders are two workstations of one image: the second was set up as a
// copy of the first, title and all.
func (l *Lab) twinReaders(d *serviceDay) error {
	l.hosts["ws2"].AETitles = l.hosts["ws1"].AETitles
	study := keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientName", "PatientID")
	fetch := func(name string) []string {
		return append(keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID="+d.sets[name].UID), "--ignore")
	}
	for _, c := range []call{
		{from: l.hosts["ws1"], to: d.pacs, tool: "findscu", args: study},
		{from: l.hosts["ws2"], to: d.back, tool: "findscu", args: study},
		{from: l.hosts["ws1"], to: d.pacs, tool: "getscu", args: fetch("mr2")},
		{from: l.hosts["ws2"], to: d.back, tool: "getscu", args: fetch("ct1")},
		{from: l.hosts["ws1"], to: d.pacs, tool: "findscu", args: study},
	} {
		if _, err := l.scu(c); err != nil {
			return err
		}
	}
	for _, n := range []string{"ws1", "ws2"} {
		l.hosts[n].has("AE title used by another machine too")
	}
	return nil
}

// desktopDisplay is that of the X server which all clients of a remote desktop
// draw on.
const desktopDisplay = ":578"

// vanDay is a scanner and a mammograph that store by turns, and two desks that
// work on a terminal server by turns, all behind one address.
func (l *Lab) vanDay(d *serviceDay) error {
	for i := range 2 {
		for _, name := range []string{"vanmr", "vanmg"} {
			var images []request
			for _, f := range d.sets[name].files[2*i : 2*i+2] {
				images = append(images, request{Op: "C-STORE", File: f})
			}
			if _, err := l.dimse(l.hosts[name], d.pacs, job{Requests: images}, "accepted"); err != nil {
				return err
			}
		}
	}
	// It serves all clients of remote desktops and ends with the scenario.
	x, err := l.start(l.hosts["vandesk1"], "xvfb-desktop", "Xvfb", desktopDisplay, "-screen", "0", "320x240x16", "-nolisten", "tcp", "-ac")
	if err != nil {
		return err
	}
	if err := l.await(filepath.Join("/tmp/.X11-unix", "X"+desktopDisplay[1:])); err != nil {
		x.stop(syscall.SIGTERM)
		return err
	}
	who := people()["reader"]
	var all []errand
	for _, from := range []string{"vandesk1", "vandesk2", "vandesk1"} {
		all = append(all, l.freerdp(from, "term1", strings.ToUpper(from), "cookie, standard RDP security", "rdp", desktopDisplay, who))
	}
	for _, name := range []string{"VANDESK1", "VANDESK2"} {
		l.hosts["van"].called(name, "rdp")
	}
	return l.errands(all...)
}

// supplierDay is the maker's service: from outside to the jump host, and from
// there to its two scanners.
func (l *Lab) supplierDay(*serviceDay) error {
	who := people()["service"]
	x, shot, err := l.viewer("jump1")
	if err != nil {
		return err
	}
	defer x.stop(syscall.SIGTERM)
	hop := func(from, to string) errand {
		return errand{from: from, to: to, port: 22, service: "ssh", detail: "public key, granted", says: "in", argv: l.ssh(who, "", to)}
	}
	l.hosts["jump1"].called("JUMP1", "rdp")
	return l.errands(
		hop("supplier", "jump1"), hop("jump1", "ct1"), hop("jump1", "mr2"),
		l.freerdp("jump1", "ct1", "JUMP1", "cookie, standard RDP security", "rdp", desktopDisplay, who),
		shot("mr2", "VncAuth, granted", "", 124, "-passwd", filepath.Join(l.dir, "vnc.pass")),
	)
}

// upkeep logs in to the archive at both of its addresses.
func (l *Lab) upkeep(d *serviceDay) error {
	who := people()["operator"]
	first := l.ssh(who, who.password, "pacs2")
	second := append([]string{}, first...)
	second[len(second)-2] = who.user + "@" + d.back.ip
	in := errand{from: "admin1", to: "pacs2", port: 22, service: "ssh", detail: "password, granted", says: "in"}
	a, b := in, in
	a.argv, b.argv = first, second
	return l.errands(a, b)
}

// oddFiles stores and fetches files whose preambles begin as programs do.
func (l *Lab) oddFiles(d *serviceDay) error {
	const dicom = `multipart/related; type="application/dicom"`
	got := filepath.Join(l.dir, "got-ws2")
	all := []errand{
		l.page("ct1", "pacs2", 8042, "DICOMweb: STOW-RS, three files", "200", "-H", "Accept: application/dicom+json", "/dicom-web/studies", "-H", "Expect:",
			"-H", `Content-Type: multipart/related; type="application/dicom"; boundary=`+stowBoundary, "--data-binary", "@"+d.body),
		l.page("ws2", "pacs2", 8042, "DICOMweb: WADO-RS, study", "200", "-H", "Accept: "+dicom, "/dicom-web/studies/"+d.oddStudy.UID),
	}
	if err := l.errands(all...); err != nil {
		return err
	}
	for _, word := range oddWords() {
		l.dicomFile(truth.DICOMFile{Client: "ct1", Server: "pacs2", Sender: "ct1", Port: 8042, Via: "stow", Preamble: word, Count: 1})
		n, err := begins(got, oddPreambles()[word])
		if err != nil || n != 1 {
			return fmt.Errorf("%d files with the preamble %s came back, want one (%v)", n, word, err)
		}
		l.dicomFile(truth.DICOMFile{Client: "ws2", Server: "pacs2", Sender: "pacs2", Port: 8042, Via: "wado", Preamble: word, Count: 1})
	}
	for _, word := range oddWords() {
		if err := l.errands(l.page("ws2", "web", 80, "a DICOM file", "200", "/"+filepath.Base(d.odd[word]))); err != nil {
			return err
		}
		l.dicomFile(truth.DICOMFile{Client: "ws2", Server: "web", Sender: "web", Port: 80, Via: "http", Preamble: word, Count: 1})
	}
	return nil
}

// begins counts the DICOM files in a file of several whose preamble begins with
// the mark: 128 bytes before the prefix (PS3.10, section 7.1).
func begins(file, mark string) (n int, err error) {
	data, err := os.ReadFile(file)
	for at := 0; err == nil; {
		i := bytes.Index(data[at:], []byte("DICM"))
		if i < 0 {
			return n, nil
		}
		at += i
		if at >= 128 && bytes.HasPrefix(data[at-128:], []byte(mark)) {
			n++
		}
		at += 4
	}
	return n, err
}

// dicomFile notes files that crossed the network by HTTP.
func (l *Lab) dicomFile(f truth.DICOMFile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truth.DICOMFiles = append(l.truth.DICOMFiles, f)
}
