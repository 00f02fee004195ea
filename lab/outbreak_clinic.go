package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// clinic is what strangers do with the protocols of imaging, and with the
// doors that scanners have for those who look after them.
func clinic(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1"}, "jump1", "supplier", "guest1")
	if err != nil {
		return err
	}
	gifts, err := l.gifts(s)
	if err != nil {
		return err
	}
	for _, host := range []string{"ct1", "jump1", "infra"} {
		if err := l.sshd(host, ""); err != nil {
			return err
		}
	}
	pass := filepath.Join(l.dir, "vnc.pass")
	if _, err := l.must(nil, "x11vnc", "-storepasswd", vncPassword, pass); err != nil {
		return err
	}
	l.canary("secret", vncPassword)
	l.canary("secret", wrongPassword)
	if err := l.vncServer("mr1", "MR console", "-SecurityTypes", "VncAuth", "-PasswordFile", pass); err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	for range 10 {
		if _, err := l.scu(call{from: l.hosts["ct1"], to: s.pacs, tool: "echoscu"}); err != nil {
			return err
		}
	}
	l.mustBeQuiet("ct1", "pacs", "it asks for an echo and says good-bye, from where it has always been", "D2", "D3")
	for _, play := range []func() error{
		func() error { return l.impostor(s.pacs) }, func() error { return l.giving(s.pacs, gifts) }, l.secondCopy, l.serviceVisit, func() error { return l.doors(pass) },
	} {
		l.pass(6 * time.Minute)
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

// gifts are an image for the study of another, one with an inert program in a
// private element, and one with all that only looks so.
func (l *Lab) gifts(s *scene) (map[string]string, error) {
	ct, all := l.hosts["ct1"], map[string]string{}
	for i, name := range []string{"added", "program", "innocent"} {
		o := cast.Object{Machine: ct.Machine, Study: l.newStudy(ct.Equip.Root, 70+i), Series: 7, Instance: 1 + i, Rows: 16, Cols: 16}
		if name == "added" {
			o.Study = s.sets["ct1"].Study
		}
		file, err := l.makeObject(o)
		if err != nil {
			return nil, err
		}
		all[name] = file
	}
	chance := append([]byte("MZ"), bytes.Repeat([]byte{0x40, 0}, 200)...)
	err := insert(all["program"], map[uint32][]byte{0x00090060: []byte("LZ NOTES"), 0x00096001: cast.Stub("NOTES", 2048)})
	if err != nil {
		return nil, err
	}
	return all, insert(all["innocent"], map[uint32][]byte{0x00090060: []byte("LZ NOTES"), 0x00096001: chance,
		0x00420011: []byte("%PDF-1.4\n% a report that is a document\n" + strings.Repeat(" ", 400)), 0x7fe00010: chance})
}

// insert puts elements into a file in explicit VR little endian; of pixels, which
// are there, the first bytes are replaced.
func insert(file string, values map[uint32][]byte) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	place := func(tag uint32, head string, v []byte) error {
		next := map[bool]string{true: "\x10\x00\x10\x00PN", false: "\xe0\x7f\x10\x00O"}[tag>>16 < 0x10]
		at := bytes.Index(data, []byte(next))
		if at < 0 {
			return fmt.Errorf("%s: no place for %08x", file, tag)
		}
		if tag == 0x7fe00010 {
			copy(data[at+12:], v[:min(len(v), 64)])
			return nil
		}
		e := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
		e = binary.LittleEndian.AppendUint16(e, uint16(tag))
		e = append(append(append(e, head...), v...), make([]byte, len(v)%2)...)
		data = bytes.Join([][]byte{data[:at], e, data[at:]}, nil)
		return nil
	}
	for _, tag := range []uint32{0x00090060, 0x00096001, 0x00420011, 0x7fe00010} {
		v := values[tag]
		if v == nil {
			continue
		}
		n := len(v) + len(v)%2
		head := "OB\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(n)))
		if tag == 0x00090060 {
			head = "LO" + string(binary.LittleEndian.AppendUint16(nil, uint16(n)))
		}
		if err := place(tag, head, v); err != nil {
			return err
		}
	}
	return os.WriteFile(file, data, 0o644)
}

// impostor knocks at the archive, and then comes under a scanner's title.
func (l *Lab) impostor(pacs node) error {
	job := map[string]any{"server": pacs.host.IP, "port": pacs.port, "called": pacs.ae, "calling": "ECHOSCU", "implementation": "1.2.276.0.7230010.3.0.3.6.2", "version": "OFFIS_DCMTK_362", "echo": false}
	if _, err := l.python("guest1", "associate", job, "outbreak"); err != nil {
		return err
	}
	l.finds("guest1", "pacs", "", "D2")
	job["calling"], job["implementation"], job["version"], job["echo"] = l.hosts["ct1"].AETitles[0], "1.2.826.0.1.3680043.10.99.7", "LZ_STRANGER_1", true
	if _, err := l.python("guest1", "associate", job, "outbreak"); err != nil {
		return err
	}
	l.finds("guest1", "pacs", "accepted", "D3")
	l.flow(truth.Flow{Client: "guest1", Server: "pacs", Proto: "tcp", Port: pacs.port, Service: "dicom", Detail: "a knock without a word, then an echo under the title of ct1", Count: 2})
	return nil
}

// giving stores the gifts.
func (l *Lab) giving(pacs node, gifts map[string]string) error {
	for _, g := range []struct{ from, name string }{{"guest1", "added"}, {"guest1", "program"}, {"ct1", "innocent"}} {
		if err := l.store(l.hosts[g.from], pacs, []string{gifts[g.name]}); err != nil {
			return err
		}
	}
	l.finds("guest1", "pacs", "accepted", "D5", "D7")
	l.mustBeQuiet("ct1", "pacs", "its own studies; a document, private bytes and pixels that begin with MZ by chance", "D5", "D7")
	return nil
}

// secondCopy is a message that comes again: as it was, and with another patient.
func (l *Lab) secondCopy() error {
	all := cast.Patients()
	update := func(id string, p cast.Patient) cast.Message {
		return cast.NewMessage("his", "ris", "ADT^A08^ADT_A01", id, "2.5", "", "EVN|A08|20261123101500", "PID|1||"+p.ID+"^^^LAZARUS^MR||"+p.Name, "PV1|1|I|RAD^R1^B1^LAZARUS")
	}
	for _, m := range []struct {
		from string
		cast.Message
	}{{"engine", update("HIS007301", all[0])}, {"engine", update("HIS007301", all[0])}, {"engine", update("HIS007302", all[1])}, {"guest1", update("HIS007302", all[2])}} {
		if err := l.sayTo(m.from, "ris", portRIS, []cast.Message{m.Message}); err != nil {
			return err
		}
	}
	l.finds("guest1", "ris", "accepted", "H2")
	l.mustBeQuiet("engine", "ris", "the same message, sent again as it was", "H2")
	return nil
}

// serviceVisit is a supplier who comes by his machine, as often before.
func (l *Lab) serviceVisit() error {
	who, began := people()["service"], time.Now()
	for _, p := range [][2]string{{"supplier", "jump1"}, {"jump1", "ct1"}, {"jump1", "ct1"}} {
		if err := l.errands(errand{from: p[0], to: p[1], port: 22, service: "ssh", detail: "service visit", says: "in", argv: l.ssh(who, "", p[1])}); err != nil {
			return err
		}
	}
	l.mayFire("supplier", "jump1", "service visit", "V1")
	l.mayFire("jump1", "ct1", "service visit", "V1", "S1")
	for _, p := range [][2]string{{"supplier", "jump1"}, {"jump1", "ct1"}} {
		l.story().Allowed = append(l.story().Allowed, truth.Allowance{Source: p[0], Account: who.user, Service: "shell", Targets: []string{p[1]}, From: began, Until: time.Now(), Detail: "service visit"})
	}
	return nil
}

// doors are shells and a screen that are opened, or not.
func (l *Lab) doors(pass string) error {
	operator := people()["operator"]
	x, shot, err := l.viewer("guest1")
	if err != nil {
		return err
	}
	defer x.stop(syscall.SIGTERM)
	into := func(from, to, detail, password string, exit int, says string) errand {
		return errand{from: from, to: to, port: 22, service: "ssh", detail: detail, exit: exit, says: says, argv: l.ssh(operator, password, to)}
	}
	if err := l.errands(
		into("reg1", "ct1", "password, refused", wrongPassword, -1, "Permission denied"), into("reg1", "ct1", "password, granted", operator.password, 0, "in"),
		into("ws1", "ct1", "password, refused", wrongPassword, -1, "Permission denied"), into("engine", "infra", "password, granted", operator.password, 0, "in"),
		shot("mr1", "VncAuth, granted", "", 124, "-passwd", pass),
	); err != nil {
		return err
	}
	l.finds("reg1", "ct1", "accepted", "S1")
	l.finds("reg1", "ct1", "refused", "S1")
	l.finds("ws1", "ct1", "refused", "S1")
	l.finds("guest1", "mr1", "accepted", "S1")
	l.mustBeQuiet("engine", "infra", "between servers", "S1")
	return nil
}
