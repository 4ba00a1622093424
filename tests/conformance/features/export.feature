Feature: Export

  Scenario: What is exported is there for later tasks
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: export, version: '1.0.0'}
    do:
      - keep: {set: {id: 7}, export: {as: '{kept: $output.id}'}}
      - lose: {set: {other: true}}
      - show: {set: {kept: '${ $context.kept }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {kept: 7}
    """

  Scenario: An export replaces the context
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: export, version: '1.0.0'}
    do:
      - one: {set: {n: 1}, export: {as: '{one: 1}'}}
      - two: {set: {n: 2}, export: {as: '{two: 2}'}}
      - show: {set: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {two: 2}
    """

  Scenario: An export that does not fit its schema faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: export, version: '1.0.0'}
    do:
      - keep: {set: {id: x}, export: {schema: {document: {type: object, required: [id], properties: {id: {type: integer}}}}, as: '{id: .id}'}}
    """
    When the workflow is executed
    Then the workflow should fault with:
    """yaml
    status: 400
    """

  Scenario: The output is transformed before it is exported
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: export, version: '1.0.0'}
    do:
      - keep: {set: {a: {b: 1}}, output: {as: .a}, export: {as: '{seen: .}'}}
      - show: {set: '${ $context.seen }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {b: 1}
    """
