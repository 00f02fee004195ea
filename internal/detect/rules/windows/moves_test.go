package windows

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/files"
	"lazaret/internal/share"
)

const (
	one = "10.0.0.5:50000"
	two = "10.0.0.9:445"
)

var fromCT = map[string]roles.Role{"10.0.0.5": roles.CT}

// mapped plays that shares of hosts 10.0.0.20 and further are asked for.
func mapped(share string, seconds float64, granted ...bool) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		for i, ok := range granted {
			s.Talk(one, fmt.Sprintf("10.0.0.%d:445", 20+i))
			tell(s, fmt.Sprintf(`\\10.0.0.%d\%s`, 20+i, share), ok)
			s.Wait(seconds)
		}
	}
}

func TestK2(t *testing.T) {
	ruletest.Run(t, k2,
		ruletest.Case{Name: "granted", Play: mapped("ADMIN$", 1, true, true, true), Want: []string{"medium 10.0.0.5>- granted"}},
		ruletest.Case{Name: "a drive, by a modality", Play: mapped("e$", 1, true, true, true), Roles: fromCT, Want: []string{"high 10.0.0.5>- granted"}},
		ruletest.Case{Name: "refused", Play: mapped("C$", 1, false, false, false, true), Want: []string{"medium 10.0.0.5>- mostly refused"}},
		ruletest.Case{Name: "two hosts are everyday", Play: mapped("ADMIN$", 1, true, true)},
		ruletest.Case{Name: "one host, many times", Play: func(s *ruletest.Scene) {
			for range 9 {
				mapped("ADMIN$", 1, true)(s)
			}
		}},
		ruletest.Case{Name: "a share of one's own", Play: mapped("images$", 1, true, true, true, true)},
		ruletest.Case{Name: "slower than the window", Play: mapped("ADMIN$", 400, true, true, true, true)},
	)
}

func tell(s *ruletest.Scene, path string, granted bool) {
	if granted {
		s.Say(&share.MappingRecord{Path: path, ShareType: "DISK"})
		return
	}
	s.Say(&share.TriedRecord{Action: "SMB::TREE_CONNECT", Path: path, Status: "ACCESS_DENIED"})
}

func program(path string, change ...func(*files.Record)) *files.Record {
	d := &files.Record{Source: "SMB", Filename: path, IsOrig: event.B(true), Runs: true, Seen: 4096, SHA256: "00aa"}
	for _, f := range change {
		f(d)
	}
	return d
}

func saying(bodies ...event.Payload) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		s.Talk(one, two)
		for _, b := range bodies {
			s.Say(b)
			s.Wait(1)
		}
	}
}

func TestK3(t *testing.T) {
	ruletest.Run(t, k3,
		ruletest.Case{Name: "written", Play: saying(program(`\\ws9\ADMIN$\a.exe`)), Want: []string{"medium 10.0.0.5>10.0.0.9 ADMIN$"}},
		ruletest.Case{Name: "to a drive, by a modality", Play: saying(program(`\\ws9\d$\WINDOWS\a.tmp`)), Roles: fromCT, Want: []string{"high 10.0.0.5>10.0.0.9 D$"}},
		ruletest.Case{Name: "to a modality", Play: saying(program(`\\ws9\C$\a.exe`)), Roles: map[string]roles.Role{"10.0.0.9": roles.MR}, Want: []string{"high 10.0.0.5>10.0.0.9 C$"}},
		ruletest.Case{Name: "refused", Play: saying(&share.TriedRecord{Action: "SMB::FILE_OPEN", Path: `\\ws9\ADMIN$`, Name: `system32\a.EXE`, Disposition: "overwrite_if", Status: "ACCESS_DENIED"}), Want: []string{"low 10.0.0.5>10.0.0.9 ADMIN$ refused"}},
		ruletest.Case{Name: "content refused", Play: saying(program(`\\ws9\ADMIN$\a.exe`, func(d *files.Record) { d.Refused = 4096 }))},
		ruletest.Case{Name: "only looked for", Play: saying(&share.TriedRecord{Action: "SMB::FILE_OPEN", Path: `\\ws9\ADMIN$`, Name: `a.exe`, Disposition: "open", Status: "OBJECT_NAME_NOT_FOUND"})},
		ruletest.Case{Name: "read", Play: saying(program(`\\ws9\ADMIN$\a.exe`, func(d *files.Record) { d.IsOrig = event.B(false) }))},
		ruletest.Case{Name: "a share of one's own", Play: saying(program(`\\ws9\software\a.exe`))},
		ruletest.Case{Name: "no program", Play: saying(program(`\\ws9\C$\a.exe`, func(d *files.Record) { d.Runs = false }))},
	)
}

func svc(operation, name, outcome string) *dcerpc.Record {
	return &dcerpc.Record{Endpoint: "svcctl", Operation: operation, Target: name, Outcome: outcome}
}

func TestK4(t *testing.T) {
	copied := program(`\\ws9\ADMIN$\a.exe`)
	job := &dcerpc.Record{Endpoint: "atsvc", Operation: "NetrJobAdd", Outcome: "accepted"}
	process := &dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Target: "Win32_Process", Detail: "method Create", Outcome: "accepted"}
	ruletest.Run(t, k4,
		ruletest.Case{Name: "service", Play: saying(copied, svc("StartServiceW", "abc", "accepted")), Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "by a modality", Play: saying(copied, svc("StartServiceW", "abc", "accepted")), Roles: fromCT, Want: []string{"critical 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "job", Play: saying(copied, job), Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "process", Play: saying(copied, process), Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "refused", Play: saying(copied, svc("StartServiceW", "abc", "refused")), Want: []string{"medium 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "failed", Play: saying(copied, svc("StartServiceW", "abc", "failed")), Want: []string{"medium 10.0.0.5>10.0.0.9 failed"}},
		ruletest.Case{Name: "sealed", Play: saying(copied, svc("StartServiceW", "", "answered")), Want: []string{"high 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "no report in time", Play: saying(copied, &dcerpc.Record{Endpoint: "svcctl", Operation: "StartServiceW", Outcome: "failed", Status: "ERROR_SERVICE_REQUEST_TIMEOUT"}), Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "too late", Play: func(s *ruletest.Scene) {
			s.Talk(one, two)
			s.Say(copied)
			s.Wait(121)
			s.Say(svc("StartServiceW", "abc", "accepted"))
		}},
		ruletest.Case{Name: "started elsewhere", Play: func(s *ruletest.Scene) {
			s.Talk(one, two)
			s.Say(copied)
			s.Talk(one, "10.0.0.10:445")
			s.Say(svc("StartServiceW", "abc", "accepted"))
		}},
		ruletest.Case{Name: "another method", Play: saying(copied, &dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Target: "StdRegProv", Detail: "method EnumKey", Outcome: "accepted"})},
	)
}

func TestK4LateFile(t *testing.T) {
	// A file whose handle was closed after the start is told after it, with its own time.
	ruletest.Run(t, k4,
		ruletest.Case{Name: "told after the start", Play: func(s *ruletest.Scene) {
			s.Talk(one, two)
			s.Wait(5)
			s.Say(svc("StartServiceW", "abc", "accepted"))
			s.Wait(-5)
			s.Say(program(`\\ws9\ADMIN$\a.exe`, func(d *files.Record) { d.Duration = 6e9 }))
		}, Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "written after the start", Play: saying(svc("StartServiceW", "abc", "accepted"), program(`\\ws9\ADMIN$\a.exe`))},
	)
}

func TestL1(t *testing.T) {
	ruletest.Run(t, l1,
		ruletest.Case{Name: "any name", Play: saying(svc("OpenSCManagerW", "", "accepted"), svc("CreateServiceW", "qwx", "accepted"), svc("StartServiceW", "qwx", "accepted")), Want: []string{"medium 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "by a modality", Play: saying(svc("CreateServiceA", "qwx", "accepted"), svc("StartServiceA", "QWX", "accepted")), Roles: fromCT, Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "deployment, without an allow-list", Play: saying(svc("CreateServiceW", "PDQDeployRunner-1", "accepted"), svc("StartServiceW", "PDQDeployRunner-1", "accepted")), Want: []string{"medium 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "start fails", Play: saying(svc("CreateServiceW", "qwx", "accepted"), svc("StartServiceW", "qwx", "failed")), Want: []string{"low 10.0.0.5>10.0.0.9 failed"}},
		ruletest.Case{Name: "making is refused", Play: saying(svc("CreateServiceW", "qwx", "refused")), Want: []string{"low 10.0.0.5>10.0.0.9 not made: refused"}},
		ruletest.Case{Name: "sealed", Play: saying(svc("CreateServiceW", "", "answered"), svc("StartServiceW", "", "answered")), Want: []string{"medium 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "a service that is there", Play: saying(svc("OpenSCManagerW", "", "accepted"), svc("OpenServiceW", "RemoteRegistry", "accepted"), svc("StartServiceW", "RemoteRegistry", "accepted"))},
		ruletest.Case{Name: "another service", Play: saying(svc("CreateServiceW", "qwx", "accepted"), svc("StartServiceW", "Spooler", "accepted"))},
	)
}

func TestL2(t *testing.T) {
	task := func(operation, name, outcome string) *dcerpc.Record {
		return &dcerpc.Record{Endpoint: "ITaskSchedulerService", Operation: operation, Target: name, Outcome: outcome}
	}
	job := func(outcome string) *dcerpc.Record {
		return &dcerpc.Record{Endpoint: "atsvc", Operation: "NetrJobAdd", Outcome: outcome, Command: "a.exe"}
	}
	ruletest.Run(t, l2,
		ruletest.Case{Name: "job", Play: saying(job("accepted")), Want: []string{"high 10.0.0.5>10.0.0.9 job accepted"}},
		ruletest.Case{Name: "job refused", Play: saying(job("refused")), Want: []string{"medium 10.0.0.5>10.0.0.9 job refused"}},
		ruletest.Case{Name: "task", Play: saying(task("SchRpcRegisterTask", `\t1`, "accepted"), task("SchRpcRun", "t1", "accepted")), Want: []string{"medium 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "task, by a modality", Play: saying(task("SchRpcRegisterTask", `\t1`, "accepted"), task("SchRpcRun", `\t1`, "accepted")), Roles: fromCT, Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "task refused", Play: saying(task("SchRpcRegisterTask", `\t1`, "refused")), Want: []string{"low 10.0.0.5>10.0.0.9 not made: refused"}},
		ruletest.Case{Name: "a task that was there is run", Play: saying(task("SchRpcRun", `\Microsoft\Windows\Defrag`, "accepted"))},
		ruletest.Case{Name: "registered for later", Play: saying(task("SchRpcRegisterTask", `\t1`, "accepted"), task("SchRpcRun", `\t2`, "accepted"))},
	)
}
