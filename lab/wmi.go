package main

import (
	"strings"

	"lazaret/lab/truth"
)

// Levels of authentication of remote procedures (MS-RPCE 2.2.1.1.8).
const (
	levelConnect = 2 // the client is known, its calls are in clear
	levelPrivacy = 6 // they are sealed
)

// managed are sessions by DCOM: WMI logged in to, asked and told to start
// something, and another application activated; in clear and sealed, granted,
// refused at each step.
func (l *Lab) managed() error {
	service, operator, reader := people()["service"], people()["operator"], people()["reader"]
	wrong := account{service.user, wrongPassword}
	for _, level := range []int{levelConnect, levelPrivacy} {
		words := map[int]string{levelConnect: "in clear", levelPrivacy: "sealed"}[level]
		from := map[int]string{levelConnect: "desk3", levelPrivacy: "desk4"}[level]
		for _, p := range []struct {
			play   string
			who    account
			detail string
			second bool // it comes to calls on objects
		}{
			{"management", service, "granted", true},
			{"management", wrong, "wrong password", false},
			{"management", reader, "activation denied", false},
			{"management", operator, "log-in to the namespace denied", true},
			{"application", service, "granted", false},
			{"application", reader, "activation denied", false},
		} {
			detail := strings.Join([]string{"DCOM, " + p.play, words, p.detail}, ", ")
			job := map[string]any{"server": l.hosts["dose"].IP, "dynamic": mockPort, "level": level, "detail": detail, "user": p.who.user, "password": p.who.password,
				"domain": workgroup, "query": "SELECT Name FROM Win32_Service WHERE StartMode='Auto'",
				"methods": [][2]string{{"Win32_Process", "Create"}, {`Win32_Service.Name="LZAGENT"`, "StartService"}, {`Win32_Service.Name="LZDENIED"`, "StopService"}}}
			all, err := l.python(from, p.play, job, "wmi")
			if err != nil {
				return err
			}
			l.toldCalls(all, from, "dose")
			l.flow(truth.Flow{Client: from, Server: "dose", Proto: "tcp", Port: 135, Service: "dce_rpc", Detail: detail, Count: 1})
			if p.second {
				l.flow(truth.Flow{Client: from, Server: "dose", Proto: "tcp", Port: mockPort, Service: "dce_rpc", Detail: detail, Count: 1})
			}
		}
	}
	return nil
}
