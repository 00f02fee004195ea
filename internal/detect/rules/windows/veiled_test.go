package windows

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/tls"
	"lazaret/internal/proto/wsman"
)

// host is an address of the tests.
func host(n int, port int) string { return fmt.Sprintf("10.0.0.%d:%d", n, port) }

// veiled opens an encrypted session between two machines and writes; of 0 bytes nothing.
func veiled(s *ruletest.Scene, from, to, bytes int) {
	s.Talk(host(from, 50000), host(to, 445))
	s.Say(&smb.VeilRecord{Action: "begin", IsOrig: true, User: `lazarus\someone`})
	if bytes > 0 {
		s.Say(&smb.VeilRecord{Action: "sent", IsOrig: true, User: `lazarus\someone`, Messages: 1, Bytes: uint64(bytes) + 112, Largest: uint64(bytes) + 112})
	}
	s.Wait(1)
}

func TestX1(t *testing.T) {
	fan := func(wait float64, to ...int) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			for _, n := range to {
				veiled(s, 5, n, 0)
				s.Wait(wait)
			}
		}
	}
	ruletest.Run(t, x1,
		ruletest.Case{Name: "three machines", Play: fan(1, 20, 21, 22), Want: []string{"low 10.0.0.5>-"}},
		ruletest.Case{Name: "by a modality", Play: fan(1, 20, 21, 22), Roles: fromCT, Want: []string{"medium 10.0.0.5>-"}},
		ruletest.Case{Name: "by a server that backs them up", Play: fan(1, 20, 21, 22), Roles: map[string]roles.Role{"10.0.0.5": roles.FileServer}, Want: []string{"info 10.0.0.5>-"}},
		ruletest.Case{Name: "three file servers that others use", Play: func(s *ruletest.Scene) {
			for _, to := range []int{20, 21, 22} {
				s.Talk(host(9, 50001), host(to, 445))
				s.Say(&smb.Record{IsOrig: true, Granted: 1})
			}
			fan(1, 20, 21, 22)(s)
		}, Want: []string{"info 10.0.0.5>-"}},
		ruletest.Case{Name: "two are everyday", Play: fan(1, 20, 21)},
		ruletest.Case{Name: "one of them again and again", Play: fan(1, 20, 20, 20, 20, 21)},
		ruletest.Case{Name: "slower than the window", Play: fan(400, 20, 21, 22, 23)},
	)
}

func TestX2(t *testing.T) {
	write := func(bytes int) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) { veiled(s, 5, 9, bytes) }
	}
	ruletest.Run(t, x2,
		ruletest.Case{Name: "as long as a program", Play: write(20_000), Want: []string{"info 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "to a modality", Play: write(20_000), Roles: map[string]roles.Role{"10.0.0.9": roles.MR}, Want: []string{"medium 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "between modalities", Play: write(20_000), Roles: map[string]roles.Role{"10.0.0.5": roles.CT, "10.0.0.9": roles.MR}, Want: []string{"medium 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "to a desk from a server", Play: write(20_000), Roles: map[string]roles.Role{"10.0.0.9": roles.RegistrationDesk}, Want: []string{"low 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "between desks", Play: write(20_000), Roles: map[string]roles.Role{"10.0.0.5": roles.PC, "10.0.0.9": roles.PC}, Want: []string{"medium 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "an export to the archive's share", Play: write(90_000), Roles: map[string]roles.Role{"10.0.0.5": roles.CT, "10.0.0.9": roles.Archive}, Want: []string{"info 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "a short document", Play: write(9_000)},
		ruletest.Case{Name: "a long one that is read", Play: func(s *ruletest.Scene) {
			veiled(s, 5, 9, 0)
			s.Say(&smb.VeilRecord{Action: "fetched", IsOrig: true, Messages: 9, Bytes: 590_000, Largest: 65616})
		}},
		ruletest.Case{Name: "a file server that others use", Play: func(s *ruletest.Scene) {
			for n := range 3 {
				veiled(s, 20+n, 9, 0)
			}
			veiled(s, 5, 9, 90_000)
		}},
	)
}

func TestX3(t *testing.T) {
	call := func(d *dcerpc.Record) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk(host(5, 50002), host(9, 49667))
			s.Say(d)
		}
	}
	behind := func(bytes int, wait float64, then func(*ruletest.Scene)) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			veiled(s, 5, 9, bytes)
			s.Wait(wait)
			then(s)
		}
	}
	start := call(&dcerpc.Record{Endpoint: "svcctl", Operation: "StartServiceW", Outcome: "answered", Closed: true})
	onMR := map[string]roles.Role{"10.0.0.9": roles.MR}
	winrm := func(s *ruletest.Scene) {
		s.Talk(host(5, 50003), host(9, 5986))
		s.Say(&tls.Record{Established: true, Version: "TLSv12"})
	}
	ruletest.Run(t, x3,
		ruletest.Case{Name: "a service, sealed", Play: behind(20_000, 3, start), Want: []string{"medium 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "on a modality", Play: behind(20_000, 3, start), Roles: onMR, Want: []string{"high 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "by a desk", Play: behind(20_000, 3, call(&dcerpc.Record{Endpoint: "ITaskSchedulerService", Operation: "SchRpcRun", Outcome: "accepted"})),
			Roles: map[string]roles.Role{"10.0.0.5": roles.RegistrationDesk}, Want: []string{"high 10.0.0.5>10.0.0.9 accepted"}},
		ruletest.Case{Name: "refused", Play: behind(20_000, 3, call(&dcerpc.Record{Endpoint: "svcctl", Operation: "StartServiceW", Outcome: "refused"})), Want: []string{"low 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "a method of WMI, sealed", Play: behind(20_000, 3, call(&dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Outcome: "answered", Closed: true})),
			Want: []string{"low 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "DCOM", Play: behind(20_000, 3, call(&dcerpc.Record{Endpoint: "IRemoteSCMActivator", Operation: "RemoteCreateInstance", Outcome: "answered", Closed: true})),
			Want: []string{"low 10.0.0.5>10.0.0.9 dcom"}},
		ruletest.Case{Name: "WinRM inside TLS, to a modality", Play: behind(20_000, 3, winrm), Roles: onMR, Want: []string{"medium 10.0.0.5>10.0.0.9 winrm"}},
		ruletest.Case{Name: "WinRM with sealed messages", Play: behind(20_000, 3, func(s *ruletest.Scene) {
			s.Talk(host(5, 50004), host(9, 5985))
			s.Say(&wsman.Record{IsOrig: true, Encrypted: "spnego", Status: event.N(200)})
		}), Want: []string{"low 10.0.0.5>10.0.0.9 winrm"}},
		ruletest.Case{Name: "the start is told before the write", Play: func(s *ruletest.Scene) {
			start(s)
			veiled(s, 5, 9, 20_000)
		}, Want: []string{"medium 10.0.0.5>10.0.0.9 sealed"}},
		ruletest.Case{Name: "too late", Play: behind(20_000, 130, start)},
		ruletest.Case{Name: "too short", Play: behind(9_000, 3, start)},
		ruletest.Case{Name: "a service is only asked about", Play: behind(20_000, 3, call(&dcerpc.Record{Endpoint: "svcctl", Operation: "QueryServiceStatus", Outcome: "answered", Closed: true}))},
		ruletest.Case{Name: "on another machine", Play: behind(20_000, 3, func(s *ruletest.Scene) {
			s.Talk(host(5, 50002), host(10, 49667))
			s.Say(&dcerpc.Record{Endpoint: "svcctl", Operation: "StartServiceW", Outcome: "answered", Closed: true})
		})},
		ruletest.Case{Name: "a web page of the same machine", Play: behind(20_000, 3, func(s *ruletest.Scene) {
			s.Talk(host(5, 50003), host(9, 443))
			s.Say(&tls.Record{Established: true})
		})},
	)
}

func TestX4(t *testing.T) {
	chain := func(wait float64, bytes ...int) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			for i, n := range bytes {
				veiled(s, 5+i, 6+i, n)
				s.Wait(wait)
			}
		}
	}
	clear := func(s *ruletest.Scene) {
		s.Talk(host(5, 50000), host(6, 445))
		s.Say(&files.Record{Source: "SMB", Filename: `\\10.0.0.6\ADMIN$\Temp\a.exe`, IsOrig: event.B(true), Runs: true, Seen: 20_000})
		s.Wait(60)
	}
	role := func(n int, r roles.Role) map[string]roles.Role {
		return map[string]roles.Role{fmt.Sprintf("10.0.0.%d", n): r}
	}
	ruletest.Run(t, x4,
		ruletest.Case{Name: "given and passed on", Play: chain(60, 20_000, 20_400), Want: []string{"low 10.0.0.6>10.0.0.7"}},
		ruletest.Case{Name: "twice", Play: chain(60, 20_000, 20_400, 20_100), Want: []string{"low 10.0.0.6>10.0.0.7", "medium 10.0.0.7>10.0.0.8"}},
		ruletest.Case{Name: "by a modality", Play: chain(60, 20_000, 20_400), Roles: role(6, roles.US), Want: []string{"high 10.0.0.6>10.0.0.7"}},
		ruletest.Case{Name: "to a modality", Play: chain(60, 20_000, 20_400), Roles: role(7, roles.US), Want: []string{"high 10.0.0.6>10.0.0.7"}},
		ruletest.Case{Name: "by a desk", Play: chain(60, 20_000, 20_400), Roles: role(6, roles.RegistrationDesk), Want: []string{"medium 10.0.0.6>10.0.0.7"}},
		ruletest.Case{Name: "by a server that makes copies of all", Play: chain(60, 20_000, 20_000), Roles: role(6, roles.FileServer), Want: []string{"info 10.0.0.6>10.0.0.7"}},
		ruletest.Case{Name: "a program that came in clear", Play: func(s *ruletest.Scene) {
			clear(s)
			veiled(s, 6, 7, 20_050)
			veiled(s, 5, 9, 20_050) // who brought it goes on, too
		}, Want: []string{"low 10.0.0.6>10.0.0.7", "low 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "in clear and once more, to the same machine", Play: func(s *ruletest.Scene) {
			clear(s)
			veiled(s, 5, 6, 20_000)
		}},
		ruletest.Case{Name: "of another length", Play: chain(60, 20_000, 21_000)},
		ruletest.Case{Name: "given back", Play: func(s *ruletest.Scene) {
			veiled(s, 5, 6, 20_000)
			veiled(s, 6, 5, 20_000)
		}},
		ruletest.Case{Name: "later than the window", Play: chain(3_700, 20_000, 20_000)},
		ruletest.Case{Name: "one user, one document, two servers", Play: func(s *ruletest.Scene) {
			veiled(s, 5, 6, 20_000)
			veiled(s, 5, 7, 20_000)
		}},
		ruletest.Case{Name: "before it was given", Play: func(s *ruletest.Scene) {
			veiled(s, 6, 7, 20_000)
			veiled(s, 5, 6, 20_000)
		}},
	)
}

func TestX5(t *testing.T) {
	winrm := func(to int, established bool) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk(host(5, 50000), host(to, 5986))
			s.Say(&tls.Record{Established: established, Version: "TLSv13"})
			s.Wait(5)
		}
	}
	wmi := func(operation, outcome string, closed bool) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk(host(5, 50000), host(9, 49668))
			s.Say(&dcerpc.Record{Endpoint: "IWbemServices", Operation: operation, Outcome: outcome, Closed: closed, User: `lazarus\someone`})
		}
	}
	ruletest.Run(t, x5,
		ruletest.Case{Name: "WinRM inside TLS", Play: winrm(9, true), Want: []string{"info 10.0.0.5>10.0.0.9 winrm"}},
		ruletest.Case{Name: "by a modality", Play: winrm(9, true), Roles: fromCT, Want: []string{"medium 10.0.0.5>10.0.0.9 winrm"}},
		ruletest.Case{Name: "to a modality", Play: winrm(9, true), Roles: map[string]roles.Role{"10.0.0.9": roles.MR}, Want: []string{"medium 10.0.0.5>10.0.0.9 winrm"}},
		ruletest.Case{Name: "a sealed method of WMI", Play: wmi("ExecMethod", "answered", true), Want: []string{"info 10.0.0.5>10.0.0.9 wmi"}},
		ruletest.Case{Name: "who manages many is told of three", Play: func(s *ruletest.Scene) {
			for to := range 9 {
				winrm(20+to, true)(s)
			}
		}, Want: []string{"info 10.0.0.5>10.0.0.20 winrm", "info 10.0.0.5>10.0.0.21 winrm", "info 10.0.0.5>10.0.0.22 winrm"}},
		ruletest.Case{Name: "TLS was not agreed on", Play: winrm(9, false)},
		ruletest.Case{Name: "a sealed question", Play: wmi("ExecQuery", "answered", true)},
		ruletest.Case{Name: "a method in clear is for L5", Play: wmi("ExecMethod", "accepted", false)},
		ruletest.Case{Name: "refused", Play: wmi("ExecMethod", "refused", true)},
	)
}
