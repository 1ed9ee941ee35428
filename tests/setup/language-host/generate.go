package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	java "github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const tool = "pulumi-private-image"

// A generator makes the files of an SDK, by their path.
type generator func(
	request *pulumirpc.GeneratePackageRequest, bound *schema.Package, loader schema.ReferenceLoader,
) (map[string][]byte, error)

var generators = map[string]generator{
	"nodejs": func(
		request *pulumirpc.GeneratePackageRequest, bound *schema.Package, loader schema.ReferenceLoader,
	) (map[string][]byte, error) {
		return nodejs.GeneratePackage(
			tool, bound, request.ExtraFiles, request.LocalDependencies, request.Local, loader)
	},
	"python": func(
		request *pulumirpc.GeneratePackageRequest, bound *schema.Package, loader schema.ReferenceLoader,
	) (map[string][]byte, error) {
		return python.GeneratePackage(tool, bound, request.ExtraFiles, loader)
	},
	"go": func(
		request *pulumirpc.GeneratePackageRequest, bound *schema.Package, _ schema.ReferenceLoader,
	) (map[string][]byte, error) {
		return golang.GeneratePackage(tool, bound, request.LocalDependencies)
	},
	"dotnet": func(
		request *pulumirpc.GeneratePackageRequest, bound *schema.Package, _ schema.ReferenceLoader,
	) (map[string][]byte, error) {
		logo := httptest.NewServer(http.NotFoundHandler())
		defer logo.Close()
		// The generator fetches a logo, Pulumi's own where a package has none: this way no network is needed.
		bound.LogoURL = logo.URL
		return dotnet.GeneratePackage(tool, bound, request.ExtraFiles, request.LocalDependencies)
	},
	"java": func(
		request *pulumirpc.GeneratePackageRequest, bound *schema.Package, _ schema.ReferenceLoader,
	) (map[string][]byte, error) {
		return java.GeneratePackage(tool, bound, request.ExtraFiles, request.LocalDependencies, request.Local, false)
	},
}

func (host *languageHost) GeneratePackage(
	_ context.Context, request *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	client, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, err
	}
	loader := schema.NewCachedLoader(client)
	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(request.Schema), &spec); err != nil {
		return nil, err
	}
	options := schema.ValidationOptions{AllowDanglingReferences: true}
	bound, diagnostics, err := schema.BindSpec(spec, loader, options)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GeneratePackageResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(diagnostics)}
	if diagnostics.HasErrors() {
		return response, nil
	}
	files, err := generators[host.language](request, bound, loader)
	if err != nil {
		return nil, err
	}
	return response, write(request.Directory, files)
}

func write(folder string, files map[string][]byte) error {
	for name, content := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
