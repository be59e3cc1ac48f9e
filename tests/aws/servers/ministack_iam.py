"""What ministack's IAM lacks: OpenID Connect providers can be made and deleted, but not changed."""

from ministack.services import iam


def operation(name):
    def put(function):
        def of_provider(params):
            arn = iam._p(params, "OpenIDConnectProviderArn")
            if arn not in iam._oidc_providers:
                return iam._error(404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", ns="iam")
            function(iam._oidc_providers[arn], params)
            return iam._xml(200, f"{name}Response", "", ns="iam")

        iam._IAM_HANDLERS[name] = of_provider
        return function

    return put


def members(params, name):
    found = []
    while iam._p(params, f"{name}.member.{len(found) + 1}"):
        found.append(iam._p(params, f"{name}.member.{len(found) + 1}"))
    return found


@operation("AddClientIDToOpenIDConnectProvider")
def add_client(provider, params):
    provider["ClientIDList"].append(iam._p(params, "ClientID"))


@operation("RemoveClientIDFromOpenIDConnectProvider")
def remove_client(provider, params):
    provider["ClientIDList"] = [each for each in provider["ClientIDList"] if each != iam._p(params, "ClientID")]


@operation("UpdateOpenIDConnectProviderThumbprint")
def update_thumbprints(provider, params):
    provider["ThumbprintList"] = members(params, "ThumbprintList")


@operation("TagOpenIDConnectProvider")
def tag(provider, params):
    given = iam._extract_tags(params)
    keys = [each["Key"] for each in given]
    provider["Tags"] = [each for each in provider["Tags"] if each["Key"] not in keys] + given


@operation("UntagOpenIDConnectProvider")
def untag(provider, params):
    provider["Tags"] = [each for each in provider["Tags"] if each["Key"] not in members(params, "TagKeys")]
