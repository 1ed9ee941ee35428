package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// The most that a message holds, as in Pulumi itself: 400 MiB.
const largestMessage = 400 << 20

// A runner is a host that runs programs.
type runner struct {
	program string
	once    sync.Once
	client  pulumirpc.LanguageRuntimeClient
	err     error
}

// start gives the client of the host, which is started once. It watches the engine, and ends with it.
func (runner *runner) start(info *pulumirpc.ProgramInfo) (pulumirpc.LanguageRuntimeClient, error) {
	runner.once.Do(func() { runner.client, runner.err = startRunner(runner.program, info) })
	return runner.client, runner.err
}

func startRunner(program string, info *pulumirpc.ProgramInfo) (pulumirpc.LanguageRuntimeClient, error) {
	if _, err := os.Stat(program); err != nil {
		return nil, status.Errorf(codes.Unimplemented, "%s runs no programs here", filepath.Base(program))
	}
	command := exec.Command(program, append(runnerFlags(info), os.Args[1:]...)...)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	output := bufio.NewReader(stdout)
	port, err := output.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s said no port: %w", program, err)
	}
	go func() { _, _ = io.Copy(os.Stdout, output) }()
	connection, err := grpc.NewClient(
		"127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestMessage)),
	)
	if err != nil {
		return nil, err
	}
	return pulumirpc.NewLanguageRuntimeClient(connection), nil
}

// Old hosts have the options of the project file as flags.
func runnerFlags(info *pulumirpc.ProgramInfo) []string {
	virtualenv := info.GetOptions().GetFields()["virtualenv"].GetStringValue()
	if virtualenv == "" {
		return nil
	}
	return []string{"-root", info.GetRootDirectory(), "-virtualenv", virtualenv}
}
