// A language host of Pulumi that generates SDKs, for machines to which Pulumi's own archive does not come.
//
// The hosts in Go modules are old: they run programs, but cannot generate an SDK, nor add one to a program. This one
// does both with Pulumi's own code generators, and leaves all else to an old host, where there is one. The name that it
// is called by, as pulumi-language-python, says the language.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	language string
	// The host that runs programs, started when it is needed first.
	runner runner
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	language, found := strings.CutPrefix(filepath.Base(os.Args[0]), "pulumi-language-")
	if !found || generators[language] == nil {
		return fmt.Errorf("%s: call it pulumi-language-<language>", os.Args[0])
	}
	host := &languageHost{language: language}
	host.runner.program = filepath.Join(filepath.Dir(program), "runners", "pulumi-language-"+language)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}

func (host *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

func (host *languageHost) GetRequiredPlugins(
	ctx context.Context, request *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	runner, err := host.runner.start(request.Info)
	if err != nil {
		return nil, err
	}
	return runner.GetRequiredPlugins(ctx, request)
}

func (host *languageHost) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	runner, err := host.runner.start(request.Info)
	if err != nil {
		return nil, err
	}
	return runner.Run(ctx, request)
}

func (host *languageHost) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	runner, err := host.runner.start(request.Info)
	if err != nil {
		return err
	}
	said, err := runner.InstallDependencies(server.Context(), request)
	if err != nil {
		return err
	}
	for {
		text, err := said.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := server.Send(text); err != nil {
			return err
		}
	}
}
